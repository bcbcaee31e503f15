import { expect, test } from 'vitest'
import { type TokenClaims, TokenEngine } from '../../src/engine/token.js'
import { webContract } from './binding-contract.js'
import { recordsEngineContract } from './records-engine-contract.js'
import { startTokens } from './token-app.js'

interface Sent {
  readonly claims?: TokenClaims
  cleared: number
}

const options = { claims: ({ claims }: Sent) => claims, clear: (request: Sent) => void request.cleared++ }

webContract('Express 5 with tokens', startTokens)

recordsEngineContract<Sent>('tokens', () => ({
  engine: new TokenEngine<Sent>(options),
  request: (claims) => (claims ? { claims, cleared: 0 } : { cleared: 0 }),
  cleared: (request) => request.cleared,
}))

test('a user may be a number or a bigint', () => {
  const engine = new TokenEngine<Sent>(options)
  for (const user of [0, 42, 42n]) {
    expect(engine.current({ claims: { key: 'k', user }, cleared: 0 })?.user).toBe(String(user))
  }
})

test('claims that are none are refused in words', () => {
  for (const bad of [
    { key: '', user: 'ada' },
    { key: 'k', user: '' },
    { key: 'k' },
    { user: 'ada' },
    { key: 1, user: 'ada' },
  ]) {
    const claims = JSON.parse(JSON.stringify(bad))
    expect(() => new TokenEngine<object>({ claims: () => claims }).current({})).toThrow(/must return \{ key, user \}/)
  }
})

test('without a way to clear it, a token that ended is left to its client', async () => {
  await new TokenEngine<Sent>({ claims: options.claims }).forget({ cleared: 0 })
})
