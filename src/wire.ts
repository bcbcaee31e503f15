import { Brake } from './activity/brake.js'
import { Changes } from './activity/changes.js'
import { followClient } from './activity/follow-client.js'
import { Judge } from './activity/judge.js'
import { Refusals } from './activity/refusals.js'
import { Tracker } from './activity/tracker.js'
import { Verdicts } from './activity/verdicts.js'
import type { BindingParts } from './binding.js'
import { Events } from './events/events.js'
import { createMailer, type Mailer } from './notices/create-mailer.js'
import { type Config, resolveOptions, type UserSessionsOptions } from './options.js'
import { clientIp } from './request/client-ip.js'
import { createDeviceDescriber } from './request/describe-device.js'
import type { RequestSource } from './request/source.js'
import { readUserAgent } from './request/user-agent.js'
import type { Client, SessionData } from './session.js'
import { type AdapterParts, DefaultUserSessionsAdapter } from './sessions/adapter.js'
import { announcer } from './sessions/announcer.js'
import { backgroundWork } from './sessions/background-work.js'
import { Contexts } from './sessions/context.js'
import { Keys } from './sessions/keys.js'
import type { BoundEngine, Parts } from './sessions/parts.js'
import { type Presenter, present } from './sessions/present.js'
import { purgeRecords } from './sessions/purge-records.js'
import { destroyKeys, noteEnded } from './sessions/settle-ended.js'
import type { HandleParts } from './sessions/user-handle.js'
import { openStorage } from './storage/open-storage.js'

/** The parts joined: what {@link UserSessions} stands on. */
export interface Wired<User, Data extends SessionData> {
  readonly parts: Parts
  readonly changes: Changes
  readonly presenter: Presenter<User, Data>
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
  const mailer = options.mail && (await createMailer(options.mail, { logger: config.logger }))
  // Switched off, a storage that is broken must not keep the app from starting.
  const storage = await openStorage(config.mode === 'off' ? 'memory:' : options.storage, {
    migrate: options.migrate ?? isEmbedded(options.storage),
    tablePrefix: options.tablePrefix,
    clock: config.clock,
  })

  const keys = new Keys(config.secrets)
  const verdicts = new Verdicts(config.cacheSize)
  const engines = new Set<BoundEngine>()
  const { background, settled } = backgroundWork(config)
  const changes: Changes = new Changes({
    storage,
    config,
    maxStaleness: () => config.maxStaleness ?? defaultStaleness(engines),
    knows: (user) => verdicts.knows(user),
    // What a slow request saved after the end, on this node, must not stay in the store either.
    ended: (records) => background('destroy ended keys', destroyKeys({ engines, config }, noteEnded(parts, records))),
    changed: (users) => judge.forgetUsers(users),
  })
  const brake = new Brake(config.clock, config.logger)
  const judge = new Judge({ storage, verdicts, changes, hash: (key) => keys.hash(key), brake })
  const tracker = new Tracker({ storage, config, untouched: (id) => judge.forget(id) })
  const events = new Events<User, Data>(config.logger)
  const adapterParts: AdapterParts = {
    clientIp: (source) => clientIp(source, config.trustedProxies),
    userAgent: readUserAgent,
    describe: createDeviceDescriber(),
  }
  const presenter: Presenter<User, Data> = {
    toUser,
    toData,
    describe: (userAgent) => adapter.describe(userAgent, adapterParts),
    everyone: () => changes.everyone,
  }
  const announce = announcer(events, presenter)
  const contexts = new Contexts()
  const parts: Parts = {
    config,
    storage,
    changes,
    judge,
    refusals: new Refusals(config.mode),
    tracker,
    keys,
    contexts,
    engines,
    announce,
    background,
  }
  await changes.start()
  if (mailer) mailClientChanges(events, mailer)

  const shared = { parts, presenter, adapter }
  const stopPurging = purgeNowAndThen(parts)
  let closing: Promise<void> | undefined
  return {
    parts,
    changes,
    presenter,
    shared,
    events,
    settled,
    binding: {
      shared,
      engines,
      client: (source) => clientOf(adapter, adapterParts, source, config),
      search: async (query) => (await storage.search(query)).map((record) => present(presenter, record)),
      admit: {
        judge,
        tracker,
        config,
        clientChanged: (live, to, context) => {
          const changed = followClient(
            {
              storage,
              judge,
              changed: (record, from, change) => announce.clientChanged(record, from, change, context.request),
            },
            live,
            to,
          )
          background('follow a client change', changed)
        },
      },
    },
    close: (last) => {
      closing ??= (async () => {
        stopPurging()
        try {
          await last()
          await mailer?.close()
        } finally {
          await storage.close()
        }
      })()
      return closing
    },
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
      logger.warn('usersessions: the adapter could not tell the client', error)
      return null
    }
  }
  return {
    ip: orNull(() => adapter.clientIp(source, parts)),
    userAgent: orNull(() => adapter.userAgent(source, parts)),
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
