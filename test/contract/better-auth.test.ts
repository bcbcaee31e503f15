import { expect, test } from 'vitest'
import { authInterleavings } from './auth-interleavings.js'
import { betterAuthApp } from './better-auth-app.js'
import { betterAuthStand } from './better-auth-stand.js'
import { webContract } from './binding-contract.js'

webContract('Express 5 with Better Auth', betterAuthApp())

const cookieCache = { enabled: true }
const LAYERS = {
  'a database': () => betterAuthStand(),
  'a database and the cookie cache': () => betterAuthStand({ cookieCache }),
  'a secondary storage': () => betterAuthStand({}, true, ['looks', 'updates', 'signs out']),
  'a secondary storage, a database and the cookie cache': () =>
    betterAuthStand({ storeSessionInDatabase: true, cookieCache }, true, ['updates', 'signs out']),
}

const alone = new Map(
  Object.entries(LAYERS).map(([name, open]) => [name, authInterleavings(`Better Auth on ${name}`, open)]),
)

// The numbers stand in docs/comparison.md.
test('Better Auth alone brings back nothing from a database, and from a secondary storage what was deleted while it refreshed it', () => {
  const aliveOn = (name: keyof typeof LAYERS) => [alone.get(name)?.alive, alone.get(name)?.gaps]
  expect(aliveOn('a database')).toEqual([0, 37])
  expect(aliveOn('a secondary storage')).toEqual([6, 53])
  // The cookie cache is good until it runs out, whatever its table says.
  expect(aliveOn('a database and the cookie cache')).toEqual([9, 21])
})
