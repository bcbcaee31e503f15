import { createServer, type Server, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as it arrived. */
export interface Arrived {
  readonly recipients: readonly string[]
  /** As sent, headers and body. */
  readonly raw: string
}

/** A real SMTP server that keeps what it gets. */
export interface Sink {
  readonly url: string
  readonly port: number
  readonly mails: readonly Arrived[]
  /** Resolves when this many mails have come. */
  arrived(count: number): Promise<void>
  close(): Promise<void>
}

/** @param reject what to answer to a recipient; undefined accepts it */
export async function startSink(port = 0, reject: () => Error | undefined = () => undefined): Promise<Sink> {
  const mails: Arrived[] = []
  let look = () => {}
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: (_address, _session, callback) => callback(reject()),
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const recipients = session.envelope.rcptTo.map((one: { address: string }) => one.address)
        mails.push({ recipients, raw: Buffer.concat(chunks).toString('utf8') })
        callback()
        look()
      })
    },
  })
  const bound = await new Promise<number>((resolve) => {
    const listener = server.listen(port, '127.0.0.1', () => resolve(portOf(listener)))
  })
  return {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    mails,
    arrived: (count) =>
      new Promise((resolve) => {
        look = () => {
          if (mails.length >= count) resolve()
        }
        look()
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** A server that accepts connections and says nothing. */
export async function startSilent(): Promise<{ url: string; connected: Promise<void>; close(): void }> {
  const sockets = new Set<Socket>()
  let connect = () => {}
  const connected = new Promise<void>((resolve) => {
    connect = resolve
  })
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    connect()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { url: `smtp://127.0.0.1:${portOf(server)}`, connected, close }
}

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return address.port
}
