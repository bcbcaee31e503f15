import { expect, test } from 'vitest'
import type { Browser } from '../spec/browser.js'
import { type AuthStand, authInterleavings, Steps } from './auth-interleavings.js'
import { AuthJsTables, authJsAdapter } from './auth-js-adapter.js'
import { authJsApp } from './auth-js-app.js'
import { webContract } from './binding-contract.js'

webContract('Express 5 with Auth.js', authJsApp())

/** With `updateAge: 0` each look-up writes, too. */
const REQUESTS: AuthStand['requests'] = {
  looks: (browser: Browser) => browser.get('/auth/session'),
  'signs out': (browser: Browser) =>
    browser.request('/auth/signout', {
      method: 'POST',
      body: new URLSearchParams(),
      headers: { 'x-auth-return-redirect': '1' },
    }),
}

const alone = authInterleavings('Auth.js on an adapter that reads and writes', () => {
  const [kept, steps] = [new AuthJsTables(), new Steps()]
  return {
    start: authJsApp(() => authJsAdapter(kept, steps)),
    steps,
    requests: REQUESTS,
    tokens: () => [...kept.sessions.keys()],
    drop: () => kept.sessions.clear(),
  }
})

// The numbers stand in docs/comparison.md.
test('Auth.js alone brings back what was deleted while it refreshed it, on an adapter that reads and writes', () => {
  expect([alone.alive, alone.gaps]).toEqual([2, 14])
})
