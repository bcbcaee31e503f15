import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const SERVER = join(ROOT, 'examples/express/server.js')

/** The demo as `npm run demo` starts it, on a port and a folder of its own. */
export class Demo implements AsyncDisposable {
  output = ''
  #process: ChildProcess | undefined
  readonly #spawned: ChildProcess[] = []

  private constructor(
    readonly port: number,
    readonly dataDir: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Demo> {
    if (!existsSync(join(ROOT, 'dist/index.js')) || !existsSync(join(ROOT, 'examples/express/node_modules'))) {
      throw new Error('The demo is not built. Run these tests with `npm run test:browser`, which builds it first.')
    }
    const demo = new Demo(await freePort(), await mkdtemp(join(tmpdir(), 'usersessions-demo-')), env)
    await demo.run()
    return demo
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  /** Starts the process, and waits until it says that it accepts connections. */
  async run(): Promise<void> {
    const child = this.spawn()
    this.#process = child
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`The demo exited with ${code}:\n${this.output}`)
    })
    exited.catch(() => {})
    const listening = new Promise<void>((resolve) => {
      child.stdout?.on('data', () => this.output.includes(`${this.url}\n`) && resolve())
    })
    await Promise.race([listening, exited])
  }

  /** One more process on the same port and folder. */
  spawn(env: Readonly<Record<string, string>> = {}): ChildProcess {
    this.output = ''
    const child = spawn(process.execPath, ['--no-warnings', SERVER], {
      env: { ...process.env, PORT: String(this.port), DATA_DIR: this.dataDir, ...this.env, ...env },
    })
    this.#spawned.push(child)
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    return child
  }

  /** @returns the exit code; null when a signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code] = await exited
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    for (const child of this.#spawned) child.kill('SIGKILL')
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
