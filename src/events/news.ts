import { randomUUID } from 'node:crypto'
import type { Bus } from './bus.js'

/** What a message says: the node it comes from, and whose sessions changed; without users, everyone's. */
interface Message {
  readonly from: string
  readonly users?: readonly string[]
}

/** Tells other processes over a bus whose sessions changed. Who hears of it reads the truth from storage: a message is only a hint. */
export class News {
  readonly #node = randomUUID()

  constructor(private readonly bus: Bus) {}

  /** Tells of some users, or of everyone. */
  tell(who: readonly string[] | 'everyone'): void {
    this.bus.publish(JSON.stringify(who === 'everyone' ? { from: this.#node } : { from: this.#node, users: who }))
  }

  /**
   * Begins to hear.
   *
   * @param heard some users' sessions changed, or everyone's
   * @param missed told when messages may have been lost
   */
  async listen(heard: (who: readonly string[] | 'everyone') => void, missed: () => void): Promise<void> {
    await this.bus.listen((text) => {
      const message = readMessage(text)
      if (message?.from === this.#node) return
      heard(message?.users ?? 'everyone')
    }, missed)
  }
}

/** Undefined for what none of us has written: it may be of a later version, so everything is looked at. */
function readMessage(text: string): Message | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || !('from' in parsed) || typeof parsed.from !== 'string')
      return undefined
    const users: unknown = 'users' in parsed ? parsed.users : undefined
    const isList = Array.isArray(users) && users.every((user): user is string => typeof user === 'string')
    return isList ? { from: parsed.from, users } : { from: parsed.from }
  } catch {
    return undefined
  }
}
