import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const README = join(ROOT, 'README.md')
const FILE = join(import.meta.dirname, 'ten-lines.virtual.ts')

/** What the block takes for granted of the app that it is put into. */
const APP = `declare const secret: string
declare const store: import('express-session').Store
declare const passport: { session(): import('express').RequestHandler }
`

const block = blockOf(join(import.meta.dirname, 'ten-lines.md'))

test('the ten lines compile as they stand', { timeout: 60_000 }, () => {
  expect(problemsIn(APP + block)).toEqual([])
})

test('the events of the ten lines carry the framework’s request and what changed', { timeout: 60_000 }, () => {
  const use =
    '{ const path: string = request.path; const same: boolean = change.ip; void [path, same, user, from.id, to.id] }'
  expect(problemsIn(APP + block.replace('{ … }', use))).toEqual([])
})

test('a misspelt option does not compile', { timeout: 60_000 }, () => {
  expect(problemsIn(APP + block.replace('trackActivity', 'trackActivty'))).toHaveLength(1)
})

test.skipIf(!existsSync(README))('the README shows the ten lines as they are compiled here', () => {
  expect(blockOf(README)).toBe(block)
})

/** The first block of TypeScript that makes the system. */
function blockOf(path: string): string {
  const blocks = readFileSync(path, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)
  const [found] = [...blocks].map((match) => match[1] ?? '').filter((text) => text.includes('createUserSessions('))
  if (found === undefined) throw new Error(`${path} has no block with createUserSessions.`)
  return found
}

function problemsIn(source: string): string[] {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT)
  const paths = { usersessions: ['./src/index.ts'], 'usersessions/express': ['./src/bindings/express.ts'] }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  const text = source.replace('{ … }', '{}')
  host.fileExists = (name) => name === FILE || fileExists(name)
  host.getSourceFile = (name, ...rest) =>
    name === FILE ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest)
  const program = ts.createProgram([FILE], { ...options, paths, rootDir: ROOT }, host)
  const file = program.getSourceFile(FILE)
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((problem) =>
    ts.flattenDiagnosticMessageText(problem.messageText, '\n'),
  )
}
