import { Refusals } from './activity/refusals.js'
import type { BindingParts } from './binding.js'
import { Events } from './events/events.js'
import { News } from './events/news.js'
import { createMailer } from './notices/create-mailer.js'
import { type Config, resolveOptions, type UserSessionsOptions } from './options.js'
import { network } from './request/network.js'
import type { SessionData } from './session.js'
import { DefaultUserSessionsAdapter } from './sessions/adapter.js'
import { announcer } from './sessions/announcer.js'
import { backgroundWork } from './sessions/background-work.js'
import type { Cascade } from './sessions/cascade/cascade.js'
import { Contexts } from './sessions/context.js'
import { Endings } from './sessions/endings.js'
import type { Parts } from './sessions/parts.js'
import type { HandleParts } from './sessions/user-handle.js'
import { openStorage } from './storage/open-storage.js'
import type { Storage } from './storage/storage.js'
import { tellingStorage } from './storage/telling-storage.js'
import { wireCascade } from './wire/cascade.js'
import { wireClients } from './wire/clients.js'
import { closing } from './wire/closing.js'
import { wireKnowledge } from './wire/knowledge.js'
import { mailClientChanges } from './wire/mail-client-changes.js'
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
  const config = resolveOptions(options)
  const adapter = options.adapter ?? new DefaultUserSessionsAdapter()
  const mailer = options.mail && (await createMailer(options.mail, { logger: config.logger }))
  const news = options.bus && config.mode !== 'off' ? new News(options.bus) : undefined
  const opened = await openConfigured(options, config)
  const storage = news ? tellingStorage(opened, (who) => news.tell(who)) : opened
  const events = new Events<User, Data>(config.logger)
  if (mailer) mailClientChanges(events, mailer)

  const { describe, client } = wireClients(adapter, config)
  const presenter = { toUser, toData, describe, everyone: () => parts.changes.everyone }
  const { background, settled } = backgroundWork(config)
  const watching = wireWatching(config.logger, () => parts)
  const { watches, changed } = watching
  const cascade = await wireCascade({ config, storage, background, presenter, events })
  const told = { config, storage, background, watches, cascade, announce: announcer(events, presenter) }
  const knowledge = wireKnowledge({ ...told, changed, views: { describe, network, country: () => null } })
  const parts: Parts = {
    ...told,
    ...knowledge,
    refusals: new Refusals(config.mode),
    contexts: new Contexts(),
    endings: new Endings(),
  }
  await knowledge.changes.start()
  const { changes } = knowledge
  await news?.listen(
    (who) => changes.hear(who),
    () => changes.hear('everyone'),
  )
  const shared = { parts, presenter, adapter }
  const binding = { shared, engines: knowledge.engines, client, admit: { ...knowledge, config } }
  const others = [watching, ...(options.bus ? [options.bus] : []), ...(mailer ? [mailer] : [])]
  return { shared, events, cascade, binding, settled, close: closing(parts, others) }
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
