import { join } from 'node:path'

export default {
  // Loaded by Node and not bundled: it opens its database driver when it is asked for one.
  serverExternalPackages: ['usersessions', 'libsql', '@node-rs/argon2'],
  // Only because this example takes usersessions from the folder above it.
  turbopack: { root: join(import.meta.dirname, '../..') },
}
