import { expect, test } from 'vitest'
import { committedFiles, read } from './source-files.js'

/** Words are put together from halves, so that this file does not contain what it looks for. */
const anyOf = (...halves: readonly (readonly [string, string])[]) => halves.map(([a, b]) => a + b).join('|')

const FOLDERS = anyOf(['wo', 'rk'], ['ro', 'ot'], ['ho', 'me'], ['Us', 'ers'])
const TOOLS = anyOf(
  ['chat', 'gpt'],
  ['copi', 'lot'],
  ['clau', 'de'],
  ['anth', 'ropic'],
  ['open', 'ai'],
  ['l', 'lms?'],
  ['language ', 'model'],
  ['coding ', 'agent'],
  ['ai', '[- ]generated'],
)

const UNWANTED: readonly (readonly [what: string, pattern: RegExp, except: readonly string[]])[] = [
  ["a folder of somebody's machine", new RegExp(`(?<![\\w.~*}\\]-])/(${FOLDERS})/[\\w.-]+`), []],
  ["a machine's folder for passing things", new RegExp(`(?<![\\w.])/${anyOf(['tm', 'p'])}/\\w`), []],
  ['the host of a package registry', new RegExp(`registry\\.(${anyOf(['npm', 'js'], ['yarn', 'pkg'])})`, 'i'), []],
  [
    'the name of a writing tool',
    new RegExp(`\\b(${TOOLS})`, 'i'),
    // Crawlers and apps are recognised by the names they give themselves.
    ['src/request/device-rules.ts', 'test/unit/request/user-agents.ts', 'test/unit/request/describe-device.test.ts'],
  ],
]

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|db|mmdb)$/i
const TEXTS = committedFiles().filter((path) => !BINARY.test(path))

test.each(UNWANTED)('no file contains %s', (_what, pattern, except) => {
  const found = TEXTS.filter((path) => !except.includes(path)).flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 120)}`] : [])),
  )
  expect(found).toEqual([])
})
