/** What a {@link Link} tells. */
export interface LinkEvents {
  /** A message came. */
  heard(message: string): void
  /** The link is of no use any more. May be told often. */
  lost(error: unknown): void
}

/** One connection of a bus, from its opening to its end. It does not mend itself: another one takes its place. */
export interface Link {
  /** Resolves when it hears and can send. */
  readonly ready: Promise<void>
  /** Rejects when it hears or sends no more. May hang: the caller has a clock. */
  ping(): Promise<void>
  /** Sends, in this order. */
  send(messages: readonly string[]): Promise<void>
  /** Closes what it has opened, whatever state it is in, within a second. Never rejects. */
  close(): Promise<void>
}

/** Begins to open a link. Does not throw: `ready` rejects. */
export type OpenLink = (events: LinkEvents) => Link

/** Publishes a batch, or rejects. */
export type Publish = (channel: string, messages: readonly string[]) => Promise<void>
