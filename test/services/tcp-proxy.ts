import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket, connect as toTarget } from 'node:net'

/** Stands between a client and a server, and does to the bytes what networks do. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>()
  readonly #targets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #swallows = false

  private constructor(
    private readonly host: string,
    private readonly targetPort: number,
  ) {}

  static async to(host: string, port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(host, port)
    await proxy.accept()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** The addresses under which the server knows those who are connected. */
  outgoing(): string[] {
    return [...this.#targets].map(({ localAddress, localPort }) => `${localAddress}:${localPort}`)
  }

  /** From now on every byte vanishes, those of new connections too, and so does a goodbye. */
  swallow(): void {
    this.#swallows = true
  }

  /** Lets all through again. What lost bytes is cut off, as by a firewall that has forgotten it. */
  async accept(): Promise<void> {
    if (this.#swallows) this.#cut()
    this.#swallows = false
    if (this.#server) return
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client)).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = portOf(this.#server)
  }

  /** Nobody listens at the port any more, and who is connected is cut off. */
  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = server && once(server, 'close')
    server?.close()
    this.#cut()
    await closed
  }

  #join(client: Socket): void {
    const target = toTarget({ port: this.targetPort, host: this.host, allowHalfOpen: true })
    this.#targets.add(target)
    target.on('close', () => this.#targets.delete(target))
    this.#pipe(client, target)
    this.#pipe(target, client)
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', (chunk) => this.#swallows || to.write(chunk))
    from.on('error', () => {})
    from.on('end', () => this.#swallows || to.end())
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!this.#swallows) to.destroy()
    })
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy listens at no port.')
  return address.port
}
