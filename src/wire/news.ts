import type { Changes } from '../activity/changes.js'
import { News } from '../events/news.js'
import { type BusInput, openBus } from '../events/open-bus.js'
import type { Config } from '../options.js'
import type { Storage } from '../storage/storage.js'
import { DEFAULT_TABLE_PREFIX } from '../storage/table-prefix.js'
import { tellingStorage } from '../storage/telling-storage.js'

/** In characters, as PostgreSQL has it. */
const LONGEST_CHANNEL = 63

/** What of the options concerns it. */
interface NewsOptions {
  readonly bus?: BusInput
  readonly tablePrefix?: string
  readonly schema?: string
}

/** A storage whose changes go over the bus, and what hears those of others. */
export interface WiredNews {
  readonly storage: Storage
  listen(changes: Changes): Promise<void>
  close(): Promise<void>
}

/** Without a bus, other processes learn by asking storage alone. */
export async function wireNews(
  storage: Storage,
  { bus: input, tablePrefix = DEFAULT_TABLE_PREFIX, schema }: NewsOptions,
  { mode, logger }: Pick<Config, 'mode' | 'logger'>,
): Promise<WiredNews> {
  if (input === undefined || mode === 'off') return { storage, async listen() {}, async close() {} }
  const channel = `${schema === undefined ? '' : `${schema}_`}${tablePrefix}sessions`
  // Cut, it may be another's too: then the two wake each other for nothing.
  const bus = await openBus(input, { channel: channel.slice(0, LONGEST_CHANNEL), logger })
  const news = new News(bus)
  return {
    storage: tellingStorage(storage, (who) => news.tell(who)),
    listen: (changes) =>
      news.listen(
        (who) => changes.hear(who),
        () => changes.hear('everyone'),
      ),
    close: () => bus.close(),
  }
}
