/**
 * Reads a request's body, at most `limit` bytes of it. Stops reading as soon as there is more, whatever `Content-Length` said.
 *
 * @param limit bytes
 * @returns the bytes; `too-large` when there are more of them than that
 * @throws TypeError when something has read the body before
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array | 'too-large'> {
  if (request.bodyUsed) throw new TypeError('The body of this request was read before; hand over one with its body.')
  if (Number(request.headers.get('content-length') ?? 0) > limit) return 'too-large'
  const body: ReadableStream<Uint8Array> | null = request.body
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > limit) {
      // The rest is not wanted, and a source that fails while being told so changes nothing.
      reader.cancel().catch(() => undefined)
      return 'too-large'
    }
    chunks.push(part.value)
  }
  return joined(chunks, size)
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
