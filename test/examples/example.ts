import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const EXAMPLES = join(import.meta.dirname, '../../examples')

/** What an example reads from its environment. */
export type ExampleEnv = Readonly<Record<string, string>>

/** An example that runs as a process of its own, on a free port. It prints its URL once it listens. */
export class Example implements AsyncDisposable {
  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
  ) {}

  static async start(name: string, env: ExampleEnv = {}): Promise<Example> {
    const folder = join(EXAMPLES, name)
    if (!existsSync(join(folder, 'node_modules'))) {
      throw new Error('The examples are not installed. Run these tests with `npm run test:examples`.')
    }
    const child = spawn(process.execPath, ['server.js'], { cwd: folder, env: { ...process.env, PORT: '0', ...env } })
    let output = ''
    const url = new Promise<string>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
          const [printed] = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(output) ?? []
          if (printed) resolve(printed)
        })
      }
    })
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`examples/${name} exited with ${code}:\n${output}`)
    })
    exited.catch(() => {})
    return new Example(await Promise.race([url, exited]), child)
  }

  /** @returns the exit code; null when a signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    const exited = once(this.child, 'exit')
    this.child.kill(signal)
    const [code] = await exited
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}
