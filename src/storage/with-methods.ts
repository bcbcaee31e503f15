import type { Storage } from './storage.js'

/** The same storage as a plain object: a storage may be an instance of a class, of which a spread would lose the methods. */
export function withMethods(storage: Storage): Storage {
  return {
    name: storage.name,
    record: (...args) => storage.record(...args),
    find: (...args) => storage.find(...args),
    get: (...args) => storage.get(...args),
    list: (...args) => storage.list(...args),
    touch: (...args) => storage.touch(...args),
    update: (...args) => storage.update(...args),
    rekey: (...args) => storage.rekey(...args),
    end: (...args) => storage.end(...args),
    changedSince: (...args) => storage.changedSince(...args),
    block: (...args) => storage.block(...args),
    isBlocked: (...args) => storage.isBlocked(...args),
    moveUser: (...args) => storage.moveUser(...args),
    erase: (...args) => storage.erase(...args),
    unsettled: (...args) => storage.unsettled(...args),
    settled: (...args) => storage.settled(...args),
    purge: (...args) => storage.purge(...args),
    countPurgeable: (...args) => storage.countPurgeable(...args),
    meta: (...args) => storage.meta(...args),
    reseal: (...args) => storage.reseal(...args),
    search: (...args) => storage.search(...args),
    walk: (...args) => storage.walk(...args),
    ...(storage.uninstall && { uninstall: storage.uninstall.bind(storage) }),
    close: () => storage.close(),
  }
}
