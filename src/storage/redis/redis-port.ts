/** What a storage needs of a client of Redis, whichever it is. */
export interface RedisPort {
  /** Whether keys are on different servers, of which one may be away alone. */
  readonly isCluster: boolean
  /** Whether a command would be sent at once. */
  isReady(): boolean
  /** Whether it was closed, or never connected: it will not be ready by itself. */
  isClosed(): boolean
  /** Sends a command to the server that has the key. */
  command(key: string, args: readonly string[]): Promise<unknown>
}
