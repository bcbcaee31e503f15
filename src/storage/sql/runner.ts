import type { Work } from './work.js'

/** Runs work on one database. Faults arrive as coded errors; work that met a lock is run again, a bounded number of times. */
export interface Runner {
  /** For work of a single statement. */
  run<T>(work: () => Work<T>): Promise<T>
  /** All of it or nothing, holding the write lock from the beginning. */
  transaction<T>(work: () => Work<T>): Promise<T>
  /** As {@link transaction}, but a database that crashes within the next second may have lost it: for activity. */
  relaxed<T>(work: () => Work<T>): Promise<T>
  /** For changes of tables where a transaction cannot hold them: step by step, while `lock` keeps other processes out. */
  migration?<T>(lock: string, work: () => Work<T>): Promise<T>
  close(): Promise<void>
}
