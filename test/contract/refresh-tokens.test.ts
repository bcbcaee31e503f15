import { memoryStorage } from '../../src/storage/memory.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { refreshRaces } from './refresh-races.js'

refreshRaces('memory', { open: async (clock) => memoryStorage({ clock }), answers: false })
refreshRaces('SQLite', { open: (clock) => openStorage('sqlite::memory:', { clock, migrate: true }), answers: false })
