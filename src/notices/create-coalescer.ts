import type { SetTimer } from './create-delivery.js'

/** What {@link createCoalescer} works with. */
export interface CoalescerParts<Item> {
  /** Milliseconds between two items of one key. */
  readonly interval: number
  readonly setTimer: SetTimer
  /** Gets the newest item, and how many before it were not handed over. */
  readonly emit: (item: Item, more: number) => void
  /** Called once when there are too many keys, and again only after there were fewer. */
  readonly full: () => void
}

/** Hands items over at most once per interval and key. */
export interface Coalescer<Item> {
  add(key: string, item: Item): void
  /** Hands over everything held back, now. */
  flush(): void
}

/** Keys held at once: bounds the memory that a flood can take. */
const MOST_KEYS = 10_000

/**
 * Hands over the first item of a key at once and holds back those that follow within the interval; at its end the newest
 * of them is handed over, with how many there were. So a flood becomes a trickle, and the last change is never lost.
 */
export function createCoalescer<Item>(parts: CoalescerParts<Item>): Coalescer<Item> {
  const held = new Map<string, { items: number; newest: Item | undefined; callOff: () => void }>()
  let wasFull = false

  const open = (key: string): void => {
    const callOff = parts.setTimer(() => {
      const { newest, items } = held.get(key) ?? { newest: undefined, items: 0 }
      held.delete(key)
      if (newest === undefined) return
      open(key)
      parts.emit(newest, items - 1)
    }, parts.interval)
    held.set(key, { items: 0, newest: undefined, callOff })
  }

  return {
    add(key, item) {
      const entry = held.get(key)
      if (entry !== undefined) {
        entry.items += 1
        entry.newest = item
      } else if (held.size < MOST_KEYS) {
        wasFull = false
        if (parts.interval > 0) open(key)
        parts.emit(item, 0)
      } else if (!wasFull) {
        wasFull = true
        parts.full()
      }
    },
    flush() {
      for (const { newest, items, callOff } of held.values()) {
        callOff()
        if (newest !== undefined) parts.emit(newest, items - 1)
      }
      held.clear()
    },
  }
}
