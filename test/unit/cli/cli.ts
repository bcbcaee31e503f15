import { type ChildProcess, execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
const OUT = join(ROOT, 'test-results/cli')

/** What a command line came to. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Builds the command line tool apart from `dist`, which others may be using. */
export async function buildCli(): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const built = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', OUT], ROOT)
  if (built.code !== 0) throw new Error(`The build failed:\n${built.out}`)
}

/** An empty folder to run the tool in. */
export class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), 'usersessions-cli-')))
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.path, name), text)
  }

  usersessions(...args: string[]): Promise<Ran> {
    return run(process.execPath, ['--no-warnings', join(OUT, 'cli/main.js'), ...args], this.path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

function run(file: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child: ChildProcess = execFile(file, args, { cwd }, (_error, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err })
    })
  })
}
