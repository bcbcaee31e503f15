import { Refusals } from './activity/refusals.js'
import type { BindingParts } from './binding.js'
import { Events } from './events/events.js'
import { createMailer } from './notices/create-mailer.js'
import { type Config, resolveOptions, type UserSessionsOptions } from './options.js'
import { network } from './request/network.js'
import { openPlaces } from './request/places.js'
import { ProxyWatch } from './request/proxy-watch.js'
import type { SessionData } from './session.js'
import { DefaultUserSessionsAdapter } from './sessions/adapter.js'
import { announcer } from './sessions/announcer.js'
import { backgroundWork } from './sessions/background-work.js'
import { Contexts } from './sessions/context.js'
import { Endings } from './sessions/endings.js'
import type { Parts } from './sessions/parts.js'
import type { HandleParts } from './sessions/user-handle.js'
import { openStorage } from './storage/open-storage.js'
import type { Storage } from './storage/storage.js'
import { wireClients } from './wire/clients.js'
import { closing } from './wire/closing.js'
import { wireKnowledge } from './wire/knowledge.js'
import { mailClientChanges } from './wire/mail-client-changes.js'
import { wireNews } from './wire/news.js'
import { wireWatching } from './wire/watching.js'

/** The parts joined: what {@link UserSessions} stands on. */
export interface Wired<User, Data extends SessionData> {
  readonly shared: HandleParts<User, Data>
  readonly binding: BindingParts<User, Data>
  readonly events: Events<User, Data>
  /** Resolves when the work that no request waits for is done. */
  settled(): Promise<void>
  /** Runs `last`, then closes what was opened. Idempotent. */
  close(last: () => Promise<void>): Promise<void>
}

/** The only place that wires the parts. */
export async function wire<User, Data extends SessionData>(
  options: UserSessionsOptions<User>,
  toUser: (stored: string) => User,
  toData: (stored: SessionData) => Data,
): Promise<Wired<User, Data>> {
  const config = resolveOptions(options)
  const adapter = options.adapter ?? new DefaultUserSessionsAdapter()
  const { places, proxyWatch } = await wireAddresses(options, config)
  const mailer = options.mail && (await createMailer(options.mail, { logger: config.logger }))
  const news = await wireNews(await openConfigured(options, config), options, config)
  const { storage } = news
  const events = new Events<User, Data>(config.logger)
  if (mailer) mailClientChanges(events, mailer)

  const { describe, client } = wireClients(adapter, config)
  const presenter = { toUser, toData, describe, locate: places.locate, everyone: () => parts.changes.everyone }
  const { background, settled } = backgroundWork(config)
  const watching = wireWatching(config.logger, () => parts)
  const { watches, changed } = watching
  const told = { config, storage, background, watches, places, proxyWatch, announce: announcer(events, presenter) }
  const country = (ip: string | null) => places.locate(ip)?.country ?? null
  const knowledge = wireKnowledge({ ...told, changed, views: { describe, network, country } })
  const parts: Parts = {
    ...told,
    ...knowledge,
    refusals: new Refusals(config.mode),
    contexts: new Contexts(),
    endings: new Endings(),
  }
  await knowledge.changes.start()
  await news.listen(knowledge.changes)
  const shared = { parts, presenter, adapter }
  const binding = { shared, engines: knowledge.engines, client, admit: { ...knowledge, config } }
  const others = [watching, news, ...(mailer ? [mailer] : [])]
  return { shared, events, binding, settled, close: closing(parts, others) }
}

/** What addresses tell of clients; switched off, a broken file must not keep the app from starting either. */
async function wireAddresses<User>({ places }: UserSessionsOptions<User>, { mode, logger, trustedProxies }: Config) {
  return {
    places: await openPlaces(mode === 'off' && typeof places === 'string' ? undefined : places, logger),
    proxyWatch: new ProxyWatch(trustedProxies, logger),
  }
}

/** Switched off, a storage that is broken must not keep the app from starting. */
function openConfigured<User>(options: UserSessionsOptions<User>, { mode, clock }: Config): Promise<Storage> {
  return openStorage(mode === 'off' ? 'memory:' : options.storage, {
    migrate: options.migrate ?? isEmbedded(options.storage),
    tablePrefix: options.tablePrefix,
    clock,
  })
}

/** A database of our own, that nobody else migrates. */
function isEmbedded(storage: unknown): boolean {
  return typeof storage === 'string' && storage.startsWith('sqlite:')
}
