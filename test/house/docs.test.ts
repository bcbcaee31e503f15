import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { SUBPATHS } from './export-map.js'
import { pages, ROOT, read } from './source-files.js'

/** An example in a page; blank lines stand before it, so that its line numbers are the page's. */
interface Example {
  readonly page: string
  readonly line: number
  readonly code: string
}

const GLOBALS = join(ROOT, 'test', 'house', 'docs-globals.d.ts')
const EXAMPLES = pages().flatMap(examplesIn)

/** As Node resolves modules, and as the bundlers do that apps are built with. */
const RESOLUTIONS: readonly (readonly [string, ts.CompilerOptions])[] = [
  ['Node', {}],
  ['bundlers', { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
]

describe.each(
  RESOLUTIONS,
)('every TypeScript example in the pages type-checks, with modules found as by %s', (_name, how) => {
  const { host, files, options } = inMemory(EXAMPLES, how)
  const program = ts.createProgram([GLOBALS, ...files.keys()], options, host)

  test('so do the names they take as given', () => {
    expect(problems(program, GLOBALS)).toEqual([])
  })

  for (const [file, { page, line }] of files) {
    test(`${page}, line ${line}`, () => expect(problems(program, file)).toEqual([]))
  }
})

test('the README has the ten lines, as an example that is checked', () => {
  const readme = EXAMPLES.filter(({ page }) => page === 'README.md').map(({ code }) => code)
  expect(readme.some((code) => code.includes('app.use(us.session(session, {'))).toBe(true)
})

test('every link between the pages leads to a file and a heading that are there', () => {
  const broken = pages().flatMap((page) =>
    linksIn(page)
      .filter(({ path, anchor }) => !existsSync(join(ROOT, path)) || !hasAnchor(path, anchor))
      .map(({ path, anchor }) => `${page} → ${path}${anchor ? `#${anchor}` : ''}`),
  )
  expect(broken).toEqual([])
})

function examplesIn(page: string): Example[] {
  const found: Example[] = []
  let current: { line: number; code: string[] } | undefined
  for (const [index, text] of read(page).split('\n').entries()) {
    if (current && text.trimEnd() === '```') {
      // The design writes a body that is the reader's own as `{ … }`.
      found.push({ page, line: current.line, code: current.code.join('\n').replaceAll('{ … }', '{}') })
      current = undefined
    } else if (current) current.code.push(text)
    else if (/^```ts\s*$/.test(text)) current = { line: index + 1, code: [] }
  }
  return found
}

/** Each example is a module of its own; `usersessions` is the source. */
function inMemory(examples: readonly Example[], how: ts.CompilerOptions) {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT).options,
    paths: publicPaths(),
    // As Nest's own projects have it; no other page writes a decorator.
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    ...how,
  }
  const files = new Map<string, Example>()
  for (const one of examples) {
    files.set(join(ROOT, 'test', 'house', `${one.page.replace(/\W+/g, '-')}-line-${one.line}.ts`), one)
  }
  const text = (file: string): string | undefined => {
    const example = files.get(normalize(file))
    return example && `${'\n'.repeat(example.line)}${example.code}\nexport {}\n`
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => files.has(normalize(file)) || fileExists(file)
  host.readFile = (file) => text(file) ?? readFile(file)
  host.getSourceFile = (file, ...rest) => {
    const [language] = rest
    const example = text(file)
    return example === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, example, language, true)
  }
  return { host, files, options }
}

/** Every subpath of the export map, led to its source. */
function publicPaths(): Record<string, string[]> {
  return Object.fromEntries(SUBPATHS.map(({ name, source }) => [name, [join(ROOT, 'src', source)]]))
}

function problems(program: ts.Program, file: string): string[] {
  const source = program.getSourceFile(file)
  if (!source) return [`${file} was not read`]
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((problem) => {
    const line = source.getLineAndCharacterOfPosition(problem.start ?? 0).line + 1
    return `line ${line}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`
  })
}

function linksIn(page: string): { path: string; anchor: string }[] {
  const text = read(page).replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/i.test(target)) return []
    const [file = '', anchor = ''] = target.split('#')
    return [{ path: file === '' ? page : normalize(join(dirname(page), file)), anchor }]
  })
}

function hasAnchor(path: string, anchor: string): boolean {
  if (anchor === '' || !path.endsWith('.md')) return true
  const headings = read(path).matchAll(/^#+ (.+)$/gm)
  return [...headings].some(([, heading = '']) => anchorOf(heading) === anchor)
}

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}
