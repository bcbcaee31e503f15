import { createHash } from 'node:crypto'
import { identityOf } from '../../src/activity/grade-change.js'
import { createDeviceDescriber } from '../../src/request/describe-device.js'
import { network } from '../../src/request/network.js'
import type { Chance } from './chance.js'

/** Where a visit comes from. */
export interface TestClient {
  readonly ip: string
  readonly userAgent: string
}

const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
]
const NETWORKS = 60

const views = { describe: createDeviceDescriber(), network, country: () => null }

/** A client that differs from each of these in its network, its device or both. */
export function newClient(chance: Chance, known: readonly TestClient[]): TestClient {
  for (;;) {
    const client = {
      ip: `93.${chance.below(NETWORKS)}.0.7`,
      userAgent: chance.of(USER_AGENTS) ?? '',
    }
    if (!known.some((one) => keyOf(one) === keyOf(client))) return client
  }
}

/** Names a client. */
export function keyOf({ ip, userAgent }: TestClient): string {
  return `${ip} ${userAgent}`
}

/** What a record's list of known clients has of this one. */
export function printOf(client: TestClient): string {
  const identity = identityOf({ ...client, hints: null }, views)
  return createHash('sha256').update(identity).digest('base64url').slice(0, 11)
}

/** The headers of a visit from here, behind one proxy. */
export function headersOf({ ip, userAgent }: TestClient): Record<string, string> {
  return { 'x-forwarded-for': ip, 'user-agent': userAgent }
}
