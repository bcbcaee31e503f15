import type { Link, LinkEvents } from './link.js'
import type { OpeningClient } from './postgres-client.js'

const NOTIFY = 'select pg_notify($1, message) from unnest($2::text[]) as told(message)'
const STILL_LISTENS = 'select from pg_listening_channels() as channel where channel = $1'

/** A link on LISTEN and NOTIFY; the same connection does both, so that no statement waits for one of a pool. */
export function postgresLink(opening: OpeningClient, channel: string, { heard, lost }: LinkEvents): Link {
  const listening = opening.opened.then(async (client) => {
    client.on('error', lost)
    client.on('end', () => lost(new Error('The connection was closed.')))
    client.on('notification', (told) => {
      if (told.channel === channel) heard(told.payload ?? '')
    })
    // The name was checked: nothing in it needs escaping.
    await client.query({ text: `listen "${channel}"`, values: [] })
    return client
  })
  const run = async (text: string, values: unknown[]) => (await listening).query({ text, values })
  return {
    ready: listening.then(() => {}),
    async ping() {
      const { rows } = await run(STILL_LISTENS, [channel])
      if (rows.length === 0) throw new Error(NO_LONGER)
    },
    async send(messages) {
      await run(NOTIFY, [channel, messages])
    },
    close: () => opening.close(),
  }
}

const NO_LONGER =
  'The connection no longer listens. Is a pooler in between that lends connections by transaction? LISTEN needs one of its own.'
