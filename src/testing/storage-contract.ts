import { activityLaws } from './storage/activity-laws.js'
import { endLaws } from './storage/end-laws.js'
import { hostileLaws } from './storage/hostile-laws.js'
import { listLaws } from './storage/list-laws.js'
import { recordLaws } from './storage/record-laws.js'
import { type ContractCase, type OpenTestStorage, Stage } from './storage/stage.js'
import { unsettledLaws } from './storage/unsettled-laws.js'

/**
 * The contract of `Storage` as test cases, for any runner and without mocks:
 *
 * ```ts
 * for (const { title, run } of storageContract(({ clock }) => myStorage({ clock }))) test(title, run)
 * ```
 *
 * @param open opens a storage that holds nothing, once for each case; the case closes it
 */
export function storageContract(open: OpenTestStorage): ContractCase[] {
  return [...recordLaws, ...listLaws, ...endLaws, ...unsettledLaws, ...activityLaws, ...hostileLaws].map(
    ([title, law]) => ({
      title,
      async run() {
        let now = () => 0
        const stage = new Stage(await open({ clock: () => now() }))
        now = () => stage.now
        try {
          await law(stage)
        } finally {
          await stage.storage.close()
        }
      },
    }),
  )
}
