import { connect } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** The head without its `Date`, header order kept. */
  readonly head: string
  readonly body: string
}

/**
 * Sends bytes as they are and reads the one answer until the server closes the connection: for what no client library
 * would send. Send `Connection: close`.
 */
export function rawRequest(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { port, hostname } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    // A server that refuses early may reset while we still send: what it said before counts.
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)))
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString('latin1'))))
  })
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0)
  return { status, head: head.replace(/\r\ndate: [^\r]*/i, ''), body: end < 0 ? '' : text.slice(end + 4) }
}
