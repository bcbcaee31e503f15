import { expect } from 'vitest'
import { type Bus, type BusOptions, POLL } from '../../src/events/bus.js'
import { keptLog } from '../spec/kept-log.js'
import type { BusWorld } from './bus-contract.js'

/** A node that listens, and what came to it. */
export class Ear {
  readonly heard: string[] = []
  ups = 0

  private constructor(readonly bus: Bus) {}

  static async on(world: BusWorld, options: Pick<BusOptions, 'logger' | 'pingInterval'> = {}): Promise<Ear> {
    const bus = await world.open({ logger: keptLog(), ...options })
    const ear = new Ear(bus)
    await bus.listen(
      (message) => ear.heard.push(message),
      () => ear.ups++,
    )
    return ear
  }

  /** Publishes until the other one hears of it: a bus that has just come back may not have all of itself together. */
  async reaches(other: Ear): Promise<void> {
    const from = other.heard.length
    const arrived = () => {
      this.bus.publish('here again')
      return other.heard.slice(from).some((message) => message === 'here again' || message === POLL)
    }
    await expect.poll(arrived, { timeout: 15_000 }).toBe(true)
  }
}

export async function heardBy(ears: readonly Ear[], message: string): Promise<void> {
  await expect.poll(() => ears.every(({ heard }) => heard.includes(message)), { timeout: 5000 }).toBe(true)
}

/** Opens a world for one test, and closes it with all buses that were opened in it. */
export async function whileOpen(
  openWorld: () => Promise<BusWorld>,
  act: (world: BusWorld) => Promise<void>,
): Promise<void> {
  const world = await openWorld()
  const opened: Bus[] = []
  const open: BusWorld['open'] = async (options) => {
    const bus = await world.open(options)
    opened.push(bus)
    return bus
  }
  try {
    await act({ ...world, open })
  } finally {
    await Promise.all(opened.map((bus) => bus.close()))
    await world.close()
  }
}
