import ts from 'typescript'
import { expect, test } from 'vitest'
import { BINDING_OPTIONS, CHANGE_GRADES, END_REASONS, ERROR_CODES, EVENT_NAMES } from '../../src/index.js'
import { parse, read, sourceFiles } from './source-files.js'

/** One option as its docstring tells it. */
interface Option {
  readonly name: string
  /** The first words after "Default is". */
  readonly standard: string | undefined
}

/** Where options are declared, and under which heading of docs/options.md they stand. */
const OPTIONS: readonly (readonly [file: string, type: string, heading: string])[] = [
  ['options.ts', 'UserSessionsOptions', 'createUserSessions'],
  ['options.ts', 'UserIdOption', 'createUserSessions'],
  ['options.ts', 'DataOption', 'createUserSessions'],
  ['binding.ts', 'BindingOptions', 'forExpress'],
  ['engine/express-session.ts', 'ExpressSessionEngineOptions', 'forExpress'],
  ['bindings/nest-options.ts', 'NestOnFastify', 'UserSessionsModule'],
  ['bindings/nest-options.ts', 'NestPlaces', 'UserSessionsModule'],
  ['bindings/nest-options.ts', 'NestSessions', 'UserSessionsModule'],
  ['engine/token.ts', 'TokenEngineOptions', 'forExpressTokens'],
  ['bindings/hono-handlers.ts', 'HonoConnection', 'forHono'],
  ['bindings/web.ts', 'ForWebOptions', 'forWeb'],
  ['bindings/auth-js.ts', 'AuthJsOptions', 'withUserSessions'],
  ['engine/iron-session.ts', 'IronSessionEngineOptions', 'forIronSession'],
  ['bindings/iron-session.ts', 'IronSessionOptions', 'forIronSession'],
  ['engine/iron-session.ts', 'IronSessionEngineOptions', 'forNext'],
  ['bindings/next.ts', 'NextOptions', 'forNext'],
  ['bindings/refresh-tokens.ts', 'RefreshTokenOptions', 'refreshTokens'],
  ['web/page-options.ts', 'PageOptions', 'us.page'],
  ['web/page-options.ts', 'PageSlots', 'slots'],
  ['web/api.ts', 'ApiOptions', 'us.api'],
  ['notices/mail-options.ts', 'MailOptions', 'mail'],
]

test('docs/errors.md explains every error code, and no other', () => {
  expect(headings('docs/errors.md')).toEqual([...ERROR_CODES])
})

test('every error code is thrown somewhere', () => {
  const texts = sourceFiles()
    .filter(({ path }) => path !== 'errors.ts' && !path.startsWith('testing/'))
    .map(({ tree }) => tree.text)
  expect(ERROR_CODES.filter((code) => !texts.some((text) => text.includes(`'${code}'`)))).toEqual([])
})

test('docs/events.md explains every event, and no other', () => {
  expect(headings('docs/events.md')).toEqual([...EVENT_NAMES])
})

test('docs/events.md explains every grade of a change, gravest first, and no other', () => {
  const names = rows(section('docs/events.md', 'clientChanged')).map(({ name }) => name)
  expect(names).toEqual([...CHANGE_GRADES])
})

test('docs/events.md explains every reason why a session ends, and no other', () => {
  expect(rows(section('docs/events.md', 'Why a session ended')).map(({ name }) => name)).toEqual([...END_REASONS])
})

test('docs/options.md explains every option, and no other', () => {
  const page = [...new Set(OPTIONS.map(([, , heading]) => heading))].map((heading) => ({
    heading,
    names: rows(section('docs/options.md', heading))
      .map(({ name }) => name)
      .sort(),
  }))
  const code = page.map(({ heading }) => ({
    heading,
    names: OPTIONS.filter(([, , at]) => at === heading)
      .flatMap(([file, type]) => optionsOf(file, type).map(({ name }) => name))
      .sort(),
  }))
  expect(page).toEqual(code)
})

test('docs/options.md gives the defaults that the docstrings give', () => {
  const wrong = OPTIONS.flatMap(([file, type, heading]) => {
    const written = new Map(rows(section('docs/options.md', heading)).map(({ name, text }) => [name, text]))
    return optionsOf(file, type)
      .filter(({ name, standard }) => standard !== undefined && !written.get(name)?.includes(standard))
      .map(({ name, standard }) => `${heading}: ${name} is ${standard} by default`)
  })
  expect(wrong).toEqual([])
})

test('every option that has a default says so in its docstring', () => {
  const required = [
    'storage',
    'secret',
    'user',
    'claims',
    'sessions',
    'library',
    'session',
    'cookie',
    'userId',
    'data',
    'open',
    'headers',
    'session',
    'key',
    'transport',
    'from',
    'to',
    'pageUrl',
  ]
  const silent = OPTIONS.filter(([, type]) => type !== 'MailOptions' && type !== 'PageSlots').flatMap(([file, type]) =>
    optionsOf(file, type)
      .filter(({ name, standard }) => standard === undefined && !required.includes(name))
      .map(({ name }) => `${type}.${name}`),
  )
  expect(silent).toEqual([])
})

test('the binding checks the names of all its options', () => {
  expect([...BINDING_OPTIONS].sort()).toEqual(
    optionsOf('binding.ts', 'BindingOptions')
      .map(({ name }) => name)
      .sort(),
  )
})

/** Names in code font that are headings. */
function headings(page: string): string[] {
  return [...read(page).matchAll(/^##+ `([^`]+)`$/gm)].map(([, name = '']) => name)
}

/** What stands between a heading and the next. */
function section(page: string, heading: string): string {
  const parts = read(page).split(/^##+ /m)
  return parts.find((part) => part.split('\n')[0]?.replaceAll('`', '') === heading) ?? ''
}

/** Rows of a table that begin with a name in code font. */
function rows(text: string): { name: string; text: string }[] {
  return [...text.matchAll(/^\| `([^`]+)` \|(.*)$/gm)].map(([, name = '', rest = '']) => ({ name, text: rest }))
}

function optionsOf(file: string, type: string): Option[] {
  const tree = parse(file, read(`src/${file}`))
  const declared = tree.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === type)
  if (!declared || !ts.isInterfaceDeclaration(declared)) throw new Error(`${file} has no interface ${type}`)
  return declared.members.map((member) => ({
    name: member.name?.getText(tree) ?? '',
    standard: defaultIn(
      ts
        .getJSDocCommentsAndTags(member)
        .map((one) => one.getText(tree))
        .join(' '),
    ),
  }))
}

function defaultIn(comment: string): string | undefined {
  const text = comment.replaceAll(/\s*\n\s*\*\s?/g, ' ')
  return /Default is (`[^`]+`|[^.:;(,*]+)/.exec(text)?.[1]?.trim()
}
