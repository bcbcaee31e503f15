import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** What a {@link ChildApp} opens. */
export interface ChildAppOptions {
  /** A URL of the records. */
  readonly storage: string
  /** Where the app's own sessions are: a folder, or a URL of PostgreSQL. */
  readonly store: string
  /** The file that gets a line for each client change that is told: a {@link ToldChange}. */
  readonly told: string
  readonly touchInterval: number
  readonly flushInterval: number
}

/** One client change that was told. */
export interface ToldChange {
  /** Its id. */
  readonly session: string
  readonly ip: string
  readonly userAgent: string
}

/** A real app in a process of its own, that begins to load at once. */
export class ChildApp implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''

  /** @param kind of the stores that it will be given */
  constructor(kind: 'postgres' | 'sqlite') {
    if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('There is nothing built. Run `npm run build` first.')
    const program = join(import.meta.dirname, 'child-app.mjs')
    this.#child = fork(program, [kind], { silent: true, execArgv: ['--no-warnings'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    }
  }

  /** What it has printed: nothing, as long as all is well. */
  get output(): string {
    return this.#output
  }

  /** Resolves with its URL once it accepts connections. */
  async open(options: ChildAppOptions): Promise<string> {
    const exited = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`The app exited with ${code}:\n${this.#output}`)
    })
    exited.catch(() => {})
    this.#child.send(options)
    const [{ port }] = await Promise.race([once(this.#child, 'message'), exited])
    return `http://127.0.0.1:${port}`
  }

  /** Kills this one process, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
