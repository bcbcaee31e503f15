import type { SessionRecord } from '../session.js'
import type { Storage } from '../storage/storage.js'

const PAGE = 1000

/** All live records over all users, a page at a time. */
export async function* livePages(storage: Pick<Storage, 'walk'>): AsyncGenerator<SessionRecord[]> {
  let last: SessionRecord | undefined
  for (;;) {
    const page = await storage.walk(PAGE, last)
    if (page.length > 0) yield page
    last = page.at(-1)
    if (page.length < PAGE) return
  }
}
