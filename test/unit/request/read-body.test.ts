import { describe, expect, it } from 'vitest'
import { readBody } from '../../../src/request/read-body.js'

const KIB = 1024

/** A body that never ends, and counts how much of it was asked for. */
function endless(headers: Record<string, string> = {}) {
  const seen = { pulls: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.pulls++
        controller.enqueue(new Uint8Array(KIB))
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const init: RequestInit = { method: 'POST', body, headers, duplex: 'half' }
  return { seen, request: new Request('https://app.example/', init) }
}

describe('reading a body', () => {
  it('stops as soon as there is more than the limit, and tells the sender', async () => {
    const { seen, request } = endless()
    expect(await readBody(request, 16 * KIB)).toBe('too-large')
    expect(seen).toEqual({ pulls: 17, cancelled: true })
  })

  it('does not believe a Content-Length that is too small', async () => {
    const { request } = endless({ 'content-length': '5' })
    expect(await readBody(request, 16 * KIB)).toBe('too-large')
  })

  it('reads nothing of what says itself that it is too long', async () => {
    const { seen, request } = endless({ 'content-length': '16385' })
    expect(await readBody(request, 16 * KIB)).toBe('too-large')
    expect(seen.pulls).toBe(0)
  })

  it('gives the bytes, up to the limit itself, whatever pieces they come in', async () => {
    const pieces = [new Uint8Array([1, 2]), new Uint8Array(), new Uint8Array([3])]
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece)
        controller.close()
      },
    })
    const init: RequestInit = { method: 'POST', body, duplex: 'half' }
    expect(await readBody(new Request('https://app.example/', init), 3)).toEqual(new Uint8Array([1, 2, 3]))
  })

  it('gives nothing where there is no body', async () => {
    expect(await readBody(new Request('https://app.example/', { method: 'POST' }), 3)).toEqual(new Uint8Array())
  })

  it('says what is wrong when somebody read it before', async () => {
    const request = new Request('https://app.example/', { method: 'POST', body: 'x' })
    await request.text()
    await expect(readBody(request, 3)).rejects.toThrow(TypeError)
  })
})
