import { once } from 'node:events'
import type { Server } from 'node:http'

/** A server once it listens: its URL, and how to close it for good. */
export async function listening(server: Server): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (!server.listening) await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The test server has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
