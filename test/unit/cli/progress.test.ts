import { expect, test } from 'vitest'
import { progress } from '../../../src/cli/progress.js'
import { terminal } from '../../../src/cli/terminal.js'

test('progress is told each ten thousand and each second, and no more often', () => {
  const notes: string[] = []
  let now = 0
  const told = progress(
    { note: (line) => notes.push(line) },
    (n) => `${n} so far`,
    () => now,
  )
  for (let count = 1000; count <= 25_000; count += 1000) told(count)
  expect(notes).toEqual(['10,000 so far', '20,000 so far'])
  now = 999
  told(26_000)
  now = 1000
  told(27_000)
  now = 1999
  told(28_000)
  expect(notes.slice(2)).toEqual(['27,000 so far'])
})

test('on a terminal a note takes the place of the one before, and what comes then has the line for itself', () => {
  let seen = ''
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => (seen += text) })
  const tty = terminal(stream(true), stream(true))
  tty.note('1 so far')
  tty.note('2 so far')
  tty.out('Done.')
  tty.err('Really.')
  expect(seen).toBe('\r\u001b[K1 so far\r\u001b[K2 so far\r\u001b[KDone.\nReally.\n')
  seen = ''
  const file = terminal(stream(true), stream(false))
  file.note('1 so far')
  file.out('Done.')
  expect(seen).toBe('1 so far\nDone.\n')
})
