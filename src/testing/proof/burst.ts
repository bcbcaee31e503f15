import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ProofCheck } from './proof.js'
import type { Slow } from './slow-requests.js'
import type { Subject } from './subject.js'
import { verdict } from './verdict.js'
import type { Doomed, Way } from './ways.js'

const ROUNDS = 3
const REQUESTS = 40

/**
 * Many requests that load their session one after the other while it ends, for an app in which none of them can be held
 * open with its session loaded. It can show that sessions come back, and not that they do not: undefined then.
 */
export async function burst(subject: Subject, way: Way, slow: Slow): Promise<ProofCheck | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    const doomed = await way.begin()
    const old = subject.clients.copy(doomed.client)
    const before = await subject.look(old.copy())
    await endAmid(doomed, slow)
    const check = await verdict(subject, {
      title: `${way.words} amid ${REQUESTS} times ${slow.words}`,
      before,
      clients: [old, doomed.client],
      bystander: doomed.bystander,
    })
    if (!check.ok) return check
  }
  return undefined
}

/** One is let go at each turn of the event loop, while the end is on its way. */
async function endAmid({ client, end }: Doomed, { path, requests: [request = {}] }: Slow): Promise<void> {
  const held = Array.from({ length: REQUESTS }, () => client.hold(path, request))
  await Promise.all(held.map(({ begun }) => begun))
  const ended = end()
  const answers: Promise<Response>[] = []
  for (const one of held) {
    answers.push(one.finish())
    await nextTurn()
  }
  await Promise.all([ended, ...answers])
}
