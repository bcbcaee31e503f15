import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startExpress } from '../contract/express-app.js'
import { interleavings, type Walked } from '../contract/interleavings.js'

const walked = interleavings(startExpress, [
  { resave: false, rolling: false },
  { resave: true, rolling: false },
  { resave: false, rolling: true },
  { resave: true, rolling: true },
])

const PAGE = new URL('../../docs/ended-means-ended.md', import.meta.url)
const TABLE = /(?<=<!-- made by test\/spec\/interleavings\.test\.ts -->\n).*?(?=<!-- end -->)/s

const WORDS: Readonly<Record<string, string>> = {
  read: 'only reads',
  write: 'changes the session',
  save: 'saves it itself',
  'save-twice': 'saves it itself, and changes it again',
  'regenerate-user': 'regenerates, and carries the user over',
  'regenerate-all': 'regenerates, and carries everything over',
  destroy: 'destroys it',
  clear: 'signs out by removing the user',
}

function table(rows: readonly Walked[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [
    line(['a request that', 'the library alone: alive', 'with usersessions: admitted', 'left in the store']),
    line(['---', '---', '---', '---']),
    ...rows.map(({ handler, pairs, admitted, left, aloneGaps, aloneAlive }) =>
      line([
        WORDS[handler] ?? handler,
        `${aloneAlive} of ${aloneGaps}`,
        `${admitted} of ${pairs}`,
        `${left} of ${pairs}`,
      ]),
    ),
    '',
  ].join('\n')
}

test('the table in docs/ended-means-ended.md is what these tests have seen (UPDATE_DOCS=1 writes it)', async () => {
  const page = await readFile(PAGE, 'utf8')
  expect(page).toMatch(TABLE)
  const fresh = page.replace(TABLE, table(walked))
  if (process.env.UPDATE_DOCS === '1') await writeFile(PAGE, fresh)
  else expect(page).toBe(fresh)
})
