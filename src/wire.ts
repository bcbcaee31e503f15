import type { AdmitParts } from './activity/admit.js'
import { Brake } from './activity/brake.js'
import { Changes } from './activity/changes.js'
import { followClient } from './activity/follow-client.js'
import { Judge } from './activity/judge.js'
import { Refusals } from './activity/refusals.js'
import { Tracker } from './activity/tracker.js'
import { Verdicts } from './activity/verdicts.js'
import type { BindingParts } from './binding.js'
import { forLog } from './errors.js'
import { type ClientChange, Events } from './events/events.js'
import { createMailer, type Mailer } from './notices/create-mailer.js'
import { type Config, resolveOptions, type UserSessionsOptions } from './options.js'
import { clientIp } from './request/client-ip.js'
import { createDeviceDescriber } from './request/describe-device.js'
import { placeText } from './request/place-text.js'
import { openPlaces } from './request/places.js'
import { ProxyWatch } from './request/proxy-watch.js'
import type { RequestSource } from './request/source.js'
import { cleanUserAgent, readUserAgent } from './request/user-agent.js'
import type { Client, Device, SessionData, SessionRecord } from './session.js'
import { type AdapterParts, DefaultUserSessionsAdapter } from './sessions/adapter.js'
import { announcer } from './sessions/announcer.js'
import { backgroundWork } from './sessions/background-work.js'
import { Contexts } from './sessions/context.js'
import { Endings } from './sessions/endings.js'
import { Keys } from './sessions/keys.js'
import type { BoundEngine, Parts } from './sessions/parts.js'
import { purgeRecords } from './sessions/purge-records.js'
import { destroyKeys, noteEnded } from './sessions/settle-ended.js'
import type { HandleParts } from './sessions/user-handle.js'
import { openStorage } from './storage/open-storage.js'
import type { Storage } from './storage/storage.js'

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
  const storage = await openConfigured(options, config)
  const work = backgroundWork(config)
  const knowledge = wireKnowledge(config, storage, work.background)
  await knowledge.changes.start()

  const events = new Events<User, Data>(config.logger)
  if (mailer) mailClientChanges(events, mailer)
  const adapterParts: AdapterParts = {
    clientIp: (source) => clientIp(source, config.trustedProxies),
    userAgent: readUserAgent,
    describe: createDeviceDescriber(),
  }
  const describe = (userAgent: string | null) => describeSafely(adapter, adapterParts, userAgent, config)
  const presenter = { toUser, toData, describe, locate: places.locate, everyone: () => knowledge.changes.everyone }
  const parts: Parts = {
    config,
    storage,
    ...knowledge,
    refusals: new Refusals(config.mode),
    contexts: new Contexts(),
    endings: new Endings(),
    announce: announcer(events, presenter),
    places,
    proxyWatch,
    background: work.background,
  }
  const shared = { parts, presenter, adapter }
  const client = (source: RequestSource) => clientOf(adapter, adapterParts, source, config)
  const binding = { shared, engines: knowledge.engines, client, admit: wireAdmit(parts) }
  return { shared, events, binding, settled: work.settled, close: closing(parts, mailer) }
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

/** What this process knows of sessions, and how it stays true. */
function wireKnowledge(config: Config, storage: Storage, background: Parts['background']) {
  const keys = new Keys(config.secrets)
  const engines = new Set<BoundEngine>()
  const verdicts = new Verdicts(config.cacheSize)
  const changes: Changes = new Changes({
    storage,
    config,
    maxStaleness: () => config.maxStaleness ?? defaultStaleness(engines),
    knows: (user) => verdicts.knows(user),
    // What a slow request saved after the end, on this node, must not stay in the store either.
    ended: (records) =>
      background('destroy ended keys', destroyKeys({ engines, config }, noteEnded({ judge, keys }, records))),
    changed: (users) => judge.forgetUsers(users),
  })
  const brake = new Brake(config.clock, config.logger)
  const judge = new Judge({ storage, verdicts, changes, hash: (key) => keys.hash(key), brake })
  const tracker = new Tracker({ storage, config, untouched: (id, user) => judge.forget(id, user) })
  return { keys, engines, changes, judge, tracker }
}

function wireAdmit({ storage, judge, tracker, config, announce, background }: Parts): AdmitParts {
  return {
    judge,
    tracker,
    config,
    clientChanged(live, to, { request }) {
      const changed = (record: SessionRecord, from: Client, change: ClientChange) =>
        announce.clientChanged(record, from, change, request)
      background('follow a client change', followClient({ storage, judge, changed }, live, to))
    },
  }
}

/** Closes what was opened, after a last piece of work; however often it is asked. */
function closing(parts: Parts, mailer: { close(): Promise<void> } | undefined) {
  const stopPurging = purgeNowAndThen(parts)
  let closed: Promise<void> | undefined
  const close = async (last: () => Promise<void>) => {
    stopPurging()
    try {
      await last()
      await mailer?.close()
    } finally {
      await parts.storage.close()
    }
  }
  return (last: () => Promise<void>) => {
    closed ??= close(last)
    return closed
  }
}

/** Where nothing but our records can refuse a session, they are looked at more often. Milliseconds. */
function defaultStaleness(engines: ReadonlySet<BoundEngine>): number {
  return [...engines].some(({ authority }) => authority === 'records') ? 1_000 : 10_000
}

/** A database of our own, that nobody else migrates. */
function isEmbedded(storage: unknown): boolean {
  return typeof storage === 'string' && storage.startsWith('sqlite:')
}

/** A user agent is the client's to choose: one that trips the adapter must not make its session unendable. */
function describeSafely(
  adapter: DefaultUserSessionsAdapter,
  parts: AdapterParts,
  userAgent: string | null,
  { logger }: Config,
): Device {
  try {
    return adapter.describe(userAgent, parts)
  } catch (error) {
    logger.warn('usersessions: the adapter could not describe a device', forLog(error))
    return parts.describe(userAgent)
  }
}

/** An address or user agent that cannot be told is no reason to lose a sign-in. */
function clientOf(
  adapter: DefaultUserSessionsAdapter,
  parts: AdapterParts,
  source: RequestSource,
  { logger }: Config,
): Client {
  const orNull = (read: () => string | null): string | null => {
    try {
      return read()
    } catch (error) {
      logger.warn('usersessions: the adapter could not tell the client', forLog(error))
      return null
    }
  }
  return {
    ip: orNull(() => adapter.clientIp(source, parts)),
    userAgent: orNull(() => cleanUserAgent(adapter.userAgent(source, parts))),
  }
}

function mailClientChanges<User, Data extends SessionData>(events: Events<User, Data>, mailer: Mailer<User>): void {
  events.on('clientChanged', ({ user, from, to }) => {
    mailer.notify({
      kind: 'clientChanged',
      user,
      sessionId: to.id,
      from: { ip: from.ip, userAgent: from.userAgent },
      to: { ip: to.ip, userAgent: to.userAgent },
      at: to.lastSeenAt.getTime(),
      device: to.device,
      fromDevice: from.device,
      location: placeText(to.place),
      fromLocation: placeText(from.place),
    })
  })
}

function purgeNowAndThen(parts: Parts): () => void {
  const { purgeInterval } = parts.config
  if (purgeInterval === 0) return () => {}
  const timer = setInterval(() => parts.background('purge records', purgeRecords(parts)), purgeInterval)
  timer.unref()
  return () => clearInterval(timer)
}
