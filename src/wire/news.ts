import type { Changes } from '../activity/changes.js'
import type { Bus } from '../events/bus.js'
import { News } from '../events/news.js'
import type { Storage } from '../storage/storage.js'
import { tellingStorage } from '../storage/telling-storage.js'

/** A storage whose changes go over the bus, and what hears those of others. */
export interface WiredNews {
  readonly storage: Storage
  listen(changes: Changes): Promise<void>
}

/** Without a bus, other processes learn by asking storage alone. */
export function wireNews(storage: Storage, bus: Bus | undefined): WiredNews {
  if (!bus) return { storage, async listen() {} }
  const news = new News(bus)
  return {
    storage: tellingStorage(storage, (who) => news.tell(who)),
    listen: (changes) =>
      news.listen(
        (who) => changes.hear(who),
        () => changes.hear('everyone'),
      ),
  }
}
