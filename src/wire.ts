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
import type { Cascade } from './sessions/cascade/cascade.js'
import { Contexts } from './sessions/context.js'
import { Endings } from './sessions/endings.js'
import type { Parts } from './sessions/parts.js'
import type { HandleParts } from './sessions/user-handle.js'
import { boundedStorage } from './storage/bounded-storage.js'
import { openStorage } from './storage/open-storage.js'
import type { Storage } from './storage/storage.js'
import { wireCascade } from './wire/cascade.js'
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
  readonly cascade: Cascade<User, Data>
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
  const { config, places, proxyWatch, mailer, news } = await open(options)
  const storage = boundedStorage(news.storage)
  const adapter = options.adapter ?? new DefaultUserSessionsAdapter()
  const events = new Events<User, Data>(config.logger)
  if (mailer) mailClientChanges(events, mailer)
  const { describe, client } = wireClients(adapter, config)
  const presenter = { toUser, toData, describe, locate: places.locate, everyone: () => parts.changes.everyone }
  const { background, settled } = backgroundWork(config)
  const watching = wireWatching(config.logger, () => parts)
  const { watches, changed } = watching
  const cascade = await wireCascade({ config, storage, background, presenter, events })
  const announce = announcer(events, presenter)
  const told = { config, storage, background, watches, places, proxyWatch, cascade, announce }
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
  return { shared, events, cascade, binding, settled, close: closing(parts, others) }
}

/** What can fail: options, files, peers, the storage. */
async function open<User>(options: UserSessionsOptions<User>) {
  const config = resolveOptions(options)
  const addresses = await wireAddresses(options, config)
  const mailer = options.mail && (await createMailer(options.mail, { logger: config.logger }))
  const news = await wireNews(await openConfigured(options, config), options, config)
  return { config, ...addresses, mailer, news }
}

/** What addresses tell of clients; switched off, a broken file must not keep the app from starting either. */
async function wireAddresses<User>({ places }: UserSessionsOptions<User>, { mode, logger, trustedProxies }: Config) {
  return {
    places: await openPlaces(mode === 'off' && typeof places === 'string' ? undefined : places, logger),
    proxyWatch: new ProxyWatch(trustedProxies, logger),
  }
}

/** Switched off, a storage that is broken must not keep the app from starting. */
function openConfigured<User>(options: UserSessionsOptions<User>, { mode, clock, logger }: Config): Promise<Storage> {
  return openStorage(mode === 'off' ? 'memory:' : options.storage, {
    migrate: options.migrate ?? isEmbedded(options.storage),
    tablePrefix: options.tablePrefix,
    schema: options.schema,
    clock,
    logger,
  })
}

/** A database of our own, that nobody else migrates. */
function isEmbedded(storage: unknown): boolean {
  return typeof storage === 'string' && storage.startsWith('sqlite:')
}
