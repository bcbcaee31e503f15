import type { EndReason } from '../session.js'

/** How often a session was refused, by reason, since this process began. */
export type RefusalCounts = Readonly<Partial<Record<EndReason, number>>>

/** Refuses, or only counts what would have been refused. */
export class Refusals {
  readonly #counts: Partial<Record<EndReason, number>> = {}

  constructor(private readonly mode: 'enforce' | 'observe' | 'off') {}

  /** A session is to be refused. Whether it really is. */
  refuse(reason: EndReason): boolean {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1
    return this.mode === 'enforce'
  }

  get counts(): RefusalCounts {
    return { ...this.#counts }
  }
}
