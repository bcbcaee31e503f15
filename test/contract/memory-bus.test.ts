import { describe } from 'vitest'
import { memoryBus } from '../../src/events/memory-bus.js'
import { busContract } from './bus-contract.js'

describe('in memory', () => {
  busContract(
    async () => {
      const hub = memoryBus()
      return {
        open: async (options) => hub.node(options),
        kill: async () => {
          hub.cut()
          hub.mend()
        },
        refuse: async () => hub.cut(),
        accept: async () => hub.mend(),
        swallow: () => {},
        close: async () => {},
      }
    },
    { hasNetwork: false },
  )
})
