/** So many clients a session is known by; the ones seen longest ago are forgotten first. */
const MOST = 16

/** A client's print, and when it was last written, unix seconds. */
type Seen = Map<string, number>

/**
 * The clients a session was lately used from, as one short text: their prints, each with its time. It is kept with the record,
 * so that of two networks by turns every node tells once, however often they change.
 */
export class KnownClients {
  readonly #seen: Seen

  constructor(text: string | null) {
    this.#seen = parse(text)
  }

  /** How long ago it was written that this client was there, milliseconds; undefined when it never was. */
  ageOf(print: string, now: number): number | undefined {
    const at = this.#seen.get(print)
    return at === undefined ? undefined : Math.abs(now - at * 1000)
  }

  /** Whether there are as many as can be, and all of them came within this time: nobody uses that many. */
  isFlooded(within: number, now: number): boolean {
    return this.#seen.size >= MOST && [...this.#seen.values()].every((at) => Math.abs(now - at * 1000) < within)
  }

  /** The text with these clients, there now. */
  with(prints: readonly string[], now: number): string {
    const seen = new Map(this.#seen)
    for (const print of prints) {
      seen.delete(print)
      seen.set(print, Math.floor(now / 1000))
    }
    return [...seen]
      .slice(-MOST)
      .map(([print, at]) => `${print}:${at.toString(36)}`)
      .join(' ')
  }
}

function parse(text: string | null): Seen {
  const seen: Seen = new Map()
  for (const [, print = '', at = ''] of (text ?? '').matchAll(/([\w-]+):([0-9a-z]+)/g)) {
    seen.set(print, Number.parseInt(at, 36))
  }
  return seen
}
