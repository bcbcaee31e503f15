import type { Changes } from '../activity/changes.js'
import type { Judge } from '../activity/judge.js'
import type { Refusals } from '../activity/refusals.js'
import type { RevocationLag } from '../activity/revocation-lag.js'
import type { Tracker } from '../activity/tracker.js'
import type { RecordsEngine, StoreEngine } from '../engine/engine.js'
import type { Watches } from '../events/watches.js'
import type { Config } from '../options.js'
import type { Places } from '../request/places.js'
import type { ProxyWatch } from '../request/proxy-watch.js'
import type { ClientChange, SeenClient, SessionRecord } from '../session.js'
import type { Storage } from '../storage/storage.js'
import type { Cascading } from './cascade/cascade.js'
import type { Contexts } from './context.js'
import type { Endings } from './endings.js'
import type { Keys } from './keys.js'

/** What a use case needs of an engine once it is bound, whatever its framework. */
export type BoundEngine =
  | Pick<StoreEngine<never>, 'authority' | 'existing' | 'destroy'>
  | Pick<RecordsEngine<never>, 'authority'>

/** Tells the app what happened; only for rows really changed, after commit. */
export interface Announce {
  started(record: SessionRecord, adopted: boolean, request: object | undefined): void
  ended(record: SessionRecord, request: object | undefined): void
  clientChanged(record: SessionRecord, from: SeenClient, change: ClientChange, request: object): void
}

/** What the use cases are given. */
export interface Parts {
  readonly config: Config
  readonly storage: Storage
  readonly changes: Changes
  readonly judge: Judge
  readonly refusals: Refusals
  readonly tracker: Tracker
  readonly keys: Keys
  readonly endings: Endings
  readonly watches: Watches
  readonly lag: RevocationLag
  readonly contexts: Contexts
  readonly engines: ReadonlySet<BoundEngine>
  readonly announce: Announce
  readonly places: Places
  readonly proxyWatch: ProxyWatch
  readonly cascade: Cascading
  /** Work that no request waits for; `close` does. Failures are logged under this name. */
  background(name: string, work: Promise<unknown>): void
}
