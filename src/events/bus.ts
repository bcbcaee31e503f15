/**
 * Carries the news of an end to other processes at once. It only makes news faster: what it loses, repeats or brings out of order
 * the poll of storage makes good within `maxStaleness`. So it must never delay or fail what it is told by, end the process,
 * or keep it alive.
 */
export interface Bus {
  readonly name: string
  /** Whether a message published now would be heard by others. */
  readonly isUp: boolean
  /** Never throws and never waits. While the bus is down, the message is dropped. At most 7,900 bytes of UTF-8. */
  publish(message: string): void
  /**
   * Begins to hear; the bus's own messages may come back. Resolves at once, also when the server is away: it goes on trying.
   *
   * @param up told each time the subscription stands anew: what came before it may be lost
   */
  listen(hear: (message: string) => void, up: () => void): Promise<void>
  /** Idempotent. Nothing is heard afterwards. */
  close(): Promise<void>
}
