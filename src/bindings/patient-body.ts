/** Of a body that nobody wants, this much is let run out. */
const MOST_BYTES = 1_048_576

/**
 * The same request, whose body may be left half read. What turns Node's requests into web ones (better-call, for one) may close
 * the connection when its stream is cancelled, and the client never sees why its body was refused.
 */
export function patientBody(request: Request): Request {
  const { body } = request
  if (!body) return request
  return new Request(request, { body: ReadableStream.from(bytesOf(body.getReader())), duplex: 'half' })
}

async function* bytesOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isDone = false
  try {
    while (!isDone) {
      const { done, value } = await reader.read()
      isDone = done
      if (value) yield value
    }
  } finally {
    if (!isDone) void runOut(reader)
  }
}

async function runOut(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let left = MOST_BYTES
  try {
    while (left > 0) {
      const { done, value } = await reader.read()
      if (done) return
      left -= value.byteLength
    }
    await reader.cancel()
  } catch {
    // The client has gone.
  }
}
