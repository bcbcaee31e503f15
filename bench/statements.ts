/** What only opens or closes a transaction; it says nothing of how much is asked. */
const FRAME = /^\s*(begin|start transaction|commit|rollback|set\s)/i

/** Counts statements at a driver, transactions' frames apart. */
export class Statements {
  #count = 0

  /** Hears of a statement, or of a Redis command. */
  readonly hear = (text: string): void => {
    if (!FRAME.test(text)) this.#count++
  }

  get count(): number {
    return this.#count
  }
}
