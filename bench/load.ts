import { createConnection, type Socket } from 'node:net'

/** What a burst of requests came to. */
export interface Load {
  readonly requests: number
  readonly seconds: number
}

/**
 * Asks a server on the loopback for as long as it says, over a fixed number of connections, each request with the next of the
 * cookies. Written on sockets, so that the one who asks costs less than the one who answers.
 */
export async function load(
  port: number,
  cookies: readonly string[],
  until: { readonly milliseconds?: number; readonly requests?: number },
  connections = 16,
): Promise<Load> {
  const { milliseconds = 60_000, requests = Number.POSITIVE_INFINITY } = until
  const began = process.hrtime.bigint()
  const end = Date.now() + milliseconds
  let sent = 0
  let answered = 0
  const next = () => (Date.now() < end && sent < requests ? cookies[sent++ % cookies.length] : undefined)
  await Promise.all(
    Array.from({ length: connections }, () =>
      converse(port, next, () => {
        answered++
      }),
    ),
  )
  return { requests: answered, seconds: Number(process.hrtime.bigint() - began) / 1e9 }
}

function converse(port: number, next: () => string | undefined, answered: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    let received = ''
    const ask = () => {
      const cookie = next()
      if (cookie === undefined) return socket.end()
      send(socket, cookie)
    }
    socket.on('connect', ask)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      // Every route answers two letters.
      if (!received.endsWith('\r\n\r\nok')) return
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.split('\r\n')[0]))
      received = ''
      answered()
      ask()
    })
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
}

const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

function send(socket: Socket, cookie: string): void {
  socket.write(`GET /me HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${USER_AGENT}\r\nCookie: ${cookie}\r\n\r\n`)
}
