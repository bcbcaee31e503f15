import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { Figure } from '../../bench/figure.js'
import { ROOT } from '../house/source-files.js'
import { hasPostgres } from './postgres-server.js'

const ran = new Map<string, Figure[]>()

/** The figures of a bench, run once, small, as people run it. */
function smoke(name: string): Figure[] {
  const figures = ran.get(name) ?? run(name)
  ran.set(name, figures)
  return figures
}

function run(name: string): Figure[] {
  const args = ['.bench/bench/run.js', name, '--smoke', '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 })
  expect(status, stderr).toBe(0)
  return stdout
    .trim()
    .split('\n')
    .map((line): Figure => JSON.parse(line))
}

if (await hasPostgres()) {
  const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'bench/tsconfig.json'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (compiled.status !== 0) throw new Error(compiled.stdout)

  describe('every bench runs, and says what it measured in lines of JSON', () => {
    test.each([
      ['activity', ['rows_per_s', 'bytes_per_session']],
      ['list', ['ms', 'statements', 'ratio_to_driver', 'listed']],
      ['end-others', ['ms', 'statements', 'left_alive', 'ratio_to_driver']],
      ['login', ['ms', 'statements']],
      ['purge', ['rows_per_s', 'chunk_p99_ms', 'idle_ms', 'rss_mb']],
      ['admit', ['admit_ns']],
    ])('%s', (name, metrics) => {
      const figures = smoke(name)
      for (const { value, min, max, n, unit, case: label } of figures) {
        expect([value, min, max, n].every(Number.isFinite), label).toBe(true)
        expect(unit).not.toBe('')
      }
      const told = new Set(figures.map(({ metric }) => metric))
      expect([...told]).toEqual(expect.arrayContaining(metrics))
      if (name === 'admit') return
      const cases = figures.map((figure) => figure.case)
      for (const storage of ['postgres', 'sqlite']) {
        expect(
          cases.some((each) => each.startsWith(`usersessions ${storage} `)),
          storage,
        ).toBe(true)
      }
    })
  })

  describe('what does not hang on the machine is as promised', () => {
    test('a list is two statements on PostgreSQL, one of ours and one of the session store', () => {
      expect(statementsOf(smoke('list'), 'usersessions postgres ')).toEqual([2])
    })

    test('an end of all others is at most three statements and one to the session store, and leaves none alive', () => {
      const figures = smoke('end-others').filter((each) => each.case.startsWith('usersessions '))
      expect(Math.max(...statementsOf(figures, 'usersessions '))).toBeLessThanOrEqual(3)
      expect(figures.filter(({ metric }) => /^left_/.test(metric)).every(({ max }) => max === 0)).toBe(true)
      expect(figures.find((each) => each.metric === 'store_statements' && /postgres/.test(each.case))?.max).toBe(1)
    })

    test.each(['postgres', 'sqlite'])('a sign-in on %s is at most three statements, and five with a cap', (storage) => {
      const figures = smoke('login').filter((each) => each.case.startsWith(`usersessions ${storage} `))
      const [capped, free] = [
        figures.filter((each) => /cap/.test(each.case)),
        figures.filter((each) => !/cap/.test(each.case)),
      ]
      expect(Math.max(...statementsOf(free, 'usersessions '))).toBeLessThanOrEqual(3)
      expect(Math.max(...statementsOf(capped, 'usersessions '))).toBeLessThanOrEqual(5)
    })
  })
}

function statementsOf(figures: readonly Figure[], prefix: string): number[] {
  return figures.filter((each) => each.metric === 'statements' && each.case.startsWith(prefix)).map(({ max }) => max)
}
