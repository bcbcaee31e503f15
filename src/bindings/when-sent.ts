/**
 * The same response; `done` is called once its body was read to the end, or nobody wants the rest. Without a body that is at
 * once.
 */
export function whenSent(response: Response, done: () => void): Response {
  if (!response.body) {
    done()
    return response
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const part = await reader.read()
        if (!part.done) return controller.enqueue(part.value)
        controller.close()
      } catch (error) {
        controller.error(error)
      }
      done()
    },
    async cancel(reason) {
      done()
      await reader.cancel(reason)
    },
  })
  return new Response(body, response)
}
