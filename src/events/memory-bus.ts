import { UserSessionsError } from '../errors.js'
import type { Logger } from '../session.js'
import { callListener } from './bus/call-listener.js'
import { createRandom } from './bus/create-random.js'
import { fitMessage } from './bus/fit-message.js'
import { type Bus, type BusOptions, POLL } from './bus.js'

/** What goes wrong with messages, to be set and changed at any time. */
export interface BusFaults {
  /** How many of a hundred deliveries are lost. */
  losePercent: number
  /** How many of a hundred deliveries come twice. */
  duplicatePercent: number
  /** Whether those that are under way come in any order. */
  reorder: boolean
  /** A delivery takes any number of turns of the event loop up to this. */
  delayTurns: number
}

/** {@link memoryBus}: where the nodes of a test meet. */
export interface MemoryBusHub {
  readonly faults: BusFaults
  /** A bus for one more node. Only the logger counts. */
  node(options?: Pick<BusOptions, 'logger'>): Bus
  /** The bus is down, for all: what is published or under way is lost. */
  cut(): void
  /** It is back. */
  mend(): void
  /** Nothing more is delivered until `release`. */
  hold(): void
  release(): void
  /** Resolves when nothing is under way, or all of it is held. */
  settled(): Promise<void>
}

interface Delivery {
  readonly to: MemoryNode
  readonly message: string
  turns: number
}

interface Listener {
  hear(message: string): unknown
  up(): unknown
}

/**
 * A bus between nodes in one process, for tests. Without faults, what is published comes to every node, the own one too, in a
 * later turn of the event loop. With them it is the same each time for the same seed and the same order of calls.
 *
 * @param options.seed of what goes wrong. Default is 1
 */
export function memoryBus({ seed = 1 }: { readonly seed?: number } = {}): MemoryBusHub {
  return new Hub(createRandom(seed))
}

class Hub implements MemoryBusHub {
  readonly faults: BusFaults = { losePercent: 0, duplicatePercent: 0, reorder: false, delayTurns: 0 }
  readonly nodes = new Set<MemoryNode>()
  isCut = false
  #underWay: Delivery[] = []
  #isHeld = false
  #isScheduled = false
  #settled: (() => void)[] = []

  constructor(private readonly random: (below: number) => number) {}

  node({ logger = console }: Pick<BusOptions, 'logger'> = {}): Bus {
    const node = new MemoryNode(this, logger)
    this.nodes.add(node)
    return node
  }

  cut(): void {
    this.isCut = true
    this.#underWay = []
  }

  mend(): void {
    if (!this.isCut) return
    this.isCut = false
    for (const node of this.nodes) node.mended()
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.#schedule()
  }

  settled(): Promise<void> {
    this.#schedule()
    return new Promise((resolve) => {
      this.#settled.push(resolve)
    })
  }

  send(message: string): void {
    const { losePercent, duplicatePercent, delayTurns } = this.faults
    for (const to of this.nodes) {
      const copies = this.random(100) < losePercent ? 0 : this.random(100) < duplicatePercent ? 2 : 1
      for (let copy = 0; copy < copies; copy++) {
        this.#underWay.push({ to, message, turns: this.random(delayTurns + 1) })
      }
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#isHeld || this.#underWay.length === 0) {
      for (const resolve of this.#settled.splice(0)) resolve()
      return
    }
    const due = this.#underWay.filter(({ turns }) => turns === 0)
    this.#underWay = this.#underWay.filter(({ turns }) => turns > 0)
    for (const delivery of this.#underWay) delivery.turns--
    while (due.length > 0) {
      const [next] = due.splice(this.faults.reorder ? this.random(due.length) : 0, 1)
      next?.to.hear(next.message)
    }
    this.#schedule()
  }
}

class MemoryNode implements Bus {
  readonly name = 'memory'
  #listener: Listener | undefined
  #hasLost = false
  #isClosed = false

  constructor(
    private readonly hub: Hub,
    private readonly logger: Logger,
  ) {}

  get isUp(): boolean {
    return !this.#isClosed && !this.hub.isCut
  }

  publish(message: string): void {
    if (this.#isClosed) return
    if (this.hub.isCut) this.#hasLost = true
    else this.hub.send(fitMessage(message))
  }

  async listen(hear: (message: string) => unknown, up: () => unknown): Promise<void> {
    if (this.#isClosed) throw new UserSessionsError('closed', 'The memory bus is closed.')
    if (this.#listener) throw new TypeError('The memory bus has its listener: give each one a bus of its own.')
    this.#listener = { hear, up }
    if (this.isUp) this.#call(up)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.hub.nodes.delete(this)
  }

  hear(message: string): void {
    const listener = this.#listener
    if (listener && !this.#isClosed) this.#call(() => listener.hear(message))
  }

  mended(): void {
    if (this.#listener) this.#call(this.#listener.up)
    if (this.#hasLost) this.publish(POLL)
    this.#hasLost = false
  }

  #call(listener: () => unknown): void {
    callListener(listener, this.name, this.logger)
  }
}
