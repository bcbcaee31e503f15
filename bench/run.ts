import { parseArgs } from 'node:util'
import type { Bench, Figure } from './figure.js'

const BENCHES: Readonly<Record<string, readonly [about: string, load: () => Promise<{ readonly bench: Bench }>]>> = {
  'request-path': [
    'requests per second with and without us, on Express and Fastify',
    () => import('./request-path.js'),
  ],
  admit: ['nanoseconds of what a request costs, in one process', () => import('./admit.js')],
  activity: ['writing last seen of many sessions: rows per second, HOT, memory', () => import('./activity.js')],
  list: ['the sessions of a user, with the check in the app’s store', () => import('./list.js')],
  'end-others': ['all sessions of a user ended but one', () => import('./end-others.js')],
  login: ['a sign-in of a user who has many sessions', () => import('./login.js')],
  purge: ['deleting records past their retention', () => import('./purge.js')],
  propagation: ['an end on one process until another refuses it', () => import('./propagation.js')],
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, smoke: { type: 'boolean' }, size: { type: 'string' } },
})

const chosen = positionals.length > 0 ? positionals : values.smoke ? Object.keys(BENCHES) : []
if (chosen.length === 0) list()
for (const name of chosen) {
  const entry = BENCHES[name]
  if (!entry) {
    console.error(`There is no bench '${name}'.`)
    process.exitCode = 1
    list()
    break
  }
  const { bench } = await entry[1]()
  if (!values.json) console.log(`\n${name}: ${entry[0]}\n`)
  for await (const one of bench({ size: sizeOf(values.size), isSmoke: values.smoke ?? false })) show(one)
}
// A driver of a bench that failed half-way may still hold a connection.
process.exit()

function list(): void {
  console.log('npm run bench -- NAME [--json] [--size 200k]\n')
  for (const [name, [about]] of Object.entries(BENCHES)) console.log(`  ${name.padEnd(14)} ${about}`)
}

function show(one: Figure): void {
  if (values.json) console.log(JSON.stringify(one))
  else console.log(rowOf(one))
}

function rowOf(one: Figure): string {
  const spread = one.n > 1 ? `  (${one.min} – ${one.max}, n = ${one.n})` : ''
  return `${one.case.padEnd(44)} ${one.metric.padEnd(24)} ${String(one.value).padStart(10)} ${one.unit}${spread}`
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, digits, factor = ''] = /^(\d+)([kM]?)$/.exec(text) ?? []
  if (digits === undefined) throw new TypeError(`--size takes a number, 200k or 1M, not ${text}.`)
  return Number(digits) * ({ k: 1e3, M: 1e6 }[factor] ?? 1)
}
