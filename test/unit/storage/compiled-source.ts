import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What opens a storage. */
const STORAGE = /^((session|errors|within)\.ts|(storage|clients)\/.*)$/

/** Compiles a part of the source into a folder below node_modules, for tests that need processes of their own. */
export async function compiledSource(part: RegExp = STORAGE): Promise<string> {
  const cache = join(ROOT, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const out = await mkdtemp(join(cache, 'usersessions-'))
  const all = await readdir(join(ROOT, 'src'), { recursive: true })
  const files = all.map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.ts') && part.test(name))
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
  for (const file of files) {
    const { outputText } = ts.transpileModule(await readFile(join(ROOT, 'src', file), 'utf8'), { compilerOptions })
    const target = join(out, file.replace(/\.ts$/, '.js'))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, outputText)
  }
  await writeFile(join(out, 'package.json'), '{"type":"module"}')
  return out
}
