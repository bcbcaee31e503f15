import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { parse, ROOT, read } from './source-files.js'

const ROWS = 20

/** Titles of tests that begin with `parity row N: `, by row. */
const PROOFS = readdirSync(join(ROOT, 'test', 'spec'))
  .filter((name) => name.endsWith('.test.ts'))
  .flatMap((name) => titles(parse(name, read(`test/spec/${name}`))))
  .flatMap((title) => {
    const [, row, claim] = /^parity row (\d+): (.+)$/.exec(title) ?? []
    return row && claim ? [{ row: Number(row), claim }] : []
  })

/** The cells of docs/parity.md, by row. */
const WRITTEN = new Map(
  [...read('docs/parity.md').matchAll(/^\| (\d+) \| .+ \| (.+) \| (.+) \|$/gm)].map(
    ([, row, proofs = '', red = '']) => [
      Number(row),
      { proofs: proofs.split('<br>').map((one) => one.replace(/^“|”$/g, '')), red },
    ],
  ),
)

test('docs/parity.md has all rows, each with at least one test', () => {
  const rows = Array.from({ length: ROWS }, (_, index) => index + 1)
  expect([...WRITTEN.keys()]).toEqual(rows)
  expect(rows.filter((row) => !PROOFS.some((proof) => proof.row === row))).toEqual([])
})

test('docs/parity.md names the tests there are, and no others', () => {
  const page = [...WRITTEN].flatMap(([row, { proofs }]) => proofs.map((claim) => `${row}: ${claim}`))
  expect(page.sort()).toEqual(PROOFS.map(({ row, claim }) => `${row}: ${claim}`).sort())
})

test('docs/parity.md tells for each row what turned its tests red', () => {
  expect([...WRITTEN].filter(([, { red }]) => red.includes('to be filled in')).map(([row]) => row)).toEqual([])
})

function titles(tree: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const first = ts.isCallExpression(node) ? node.arguments[0] : undefined
    if (first && ts.isStringLiteralLike(first)) found.push(first.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}
