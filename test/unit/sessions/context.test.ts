import { expect, test } from 'vitest'
import { Contexts, type RequestContext } from '../../../src/sessions/context.js'

const SOURCE = { header: () => undefined, remoteAddress: undefined }
const HELD = { id: 'an id', user: 'ada', key: 'a key' }

function opened(contexts: Contexts): RequestContext {
  const request = {}
  contexts.open(
    request,
    SOURCE,
    () => ({ ip: null, userAgent: null, hints: null }),
    () => {},
  )
  const context = contexts.of(request)
  if (!context) throw new Error('The context is not there.')
  return context
}

test('where the call chain is lost, the only request that holds a key is found by it', () => {
  const contexts = new Contexts()
  const [one, two] = [opened(contexts), opened(contexts)]
  contexts.hold(one, HELD)
  expect(contexts.holding('a key')).toBe(one)
  contexts.hold(two, HELD)
  expect(contexts.holding('a key')).toBeUndefined()
})

test('a closed context is found by no key, also when its handler goes on and saves', () => {
  const contexts = new Contexts()
  const context = opened(contexts)
  contexts.hold(context, HELD)
  contexts.close(context)
  expect(contexts.holding('a key')).toBeUndefined()
  for (const key of ['a key', 'another']) {
    contexts.hold(context, { ...HELD, key })
    expect(contexts.holding(key)).toBeUndefined()
  }
})

test('the handler of a closed context still acts on its own session', () => {
  const contexts = new Contexts()
  const request = {}
  contexts.open(
    request,
    SOURCE,
    () => ({ ip: null, userAgent: null, hints: null }),
    () => {
      const context = contexts.of(request)
      if (!context) throw new Error('The context is not there.')
      contexts.hold(context, HELD)
      contexts.close(context)
      expect(contexts.holding('a key')).toBe(context)
    },
  )
})
