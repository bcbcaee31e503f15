import type { Ending, SessionRecord } from '../session.js'
import type { Storage } from '../storage/storage.js'
import type { Brake } from './brake.js'
import type { Changes } from './changes.js'
import type { Live } from './live.js'
import { readMarker } from './marker.js'
import { type Ended, endingOf, type Verdict, type Verdicts, verdictOf } from './verdicts.js'

/** What a judge needs. */
export interface JudgeParts {
  readonly storage: Pick<Storage, 'find' | 'get'>
  readonly verdicts: Verdicts
  readonly changes: Pick<Changes, 'fresh' | 'caughtUp' | 'everyone' | 'storageId' | 'askStorageId'>
  readonly hash: (key: string) => Uint8Array
  readonly brake: Pick<Brake, 'looked' | 'mayInfer'>
}

/**
 * A {@link Verdict}; or `unseen`: no record and no marker of this storage; or `elsewhere`: its marker names a live
 * record that belongs to another key.
 */
export type Judgement =
  | Verdict
  | { readonly state: 'unseen' }
  | { readonly state: 'elsewhere'; readonly keyHash: Uint8Array }

interface LookUp {
  readonly user: string
  readonly judgement: Promise<Judgement>
  isVoid: boolean
}

/** Decides on session keys: from memory when this process has met them, else by one look-up that requests share. */
export class Judge {
  readonly #lookUps = new Map<string, LookUp>()
  readonly #writing = new Set<{ readonly user: string; isVoid: boolean }>()

  constructor(private readonly parts: JudgeParts) {}

  /** The judgement on a key that claims to be this user's; synchronous when it is known and fresh. */
  judge(key: string, user: string, marker: string | undefined): Judgement | Promise<Judgement> {
    if (this.parts.changes.fresh()) return this.#fromMemory(key, user, marker)
    return this.#afterCatchingUp(key, user, marker)
  }

  async #afterCatchingUp(key: string, user: string, marker: string | undefined): Promise<Judgement> {
    await this.parts.changes.caughtUp()
    return this.#fromMemory(key, user, marker)
  }

  /** Whether memory holds anything of this key. */
  knows(key: string): boolean {
    return this.parts.verdicts.byKey(key) !== undefined
  }

  /** Whether memory holds this user's session under this key as ended. */
  isEnded(key: string, user: string): boolean {
    const known = this.parts.verdicts.byKey(key)
    return known?.user === user && this.#underEveryone(known).state === 'ended'
  }

  /** How the session under this key ended, if memory holds it as ended. */
  endingOf(key: string): Ending | undefined {
    const known = this.parts.verdicts.byKey(key)
    const verdict = known && this.#underEveryone(known)
    return verdict?.state === 'ended' ? verdict.ending : undefined
  }

  /**
   * Runs a write that makes or moves a record under this key, and remembers what came of it; but not if an end, here or
   * elsewhere, came while the answer was on its way: then the key is looked up when it is next seen.
   */
  async learnFrom(key: string, user: string, write: () => Promise<SessionRecord | undefined>): Promise<void> {
    const writing = { user, isVoid: false }
    this.#writing.add(writing)
    try {
      const record = await write()
      const known = this.parts.verdicts.byKey(key)
      if (!record || (known?.state === 'ended' && known.id === record.id)) return
      if (writing.isVoid) this.parts.verdicts.delete(key)
      else this.parts.verdicts.set(verdictOf(record, key))
    } finally {
      this.#writing.delete(writing)
    }
  }

  /**
   * A session ended. Look-ups of its user that are under way may have read it before that: nobody who comes later
   * shares them, and they are not remembered.
   */
  ended(id: string, user: string, ending: Ending, key = this.parts.verdicts.byId(id, user)?.key): void {
    this.#voidLookUps(user)
    if (key !== undefined) this.parts.verdicts.set({ state: 'ended', id, user, key, ending })
  }

  /** What is known, or being looked up, of a live session of this user's may be wrong: look it up again. */
  forget(id: string, user: string): void {
    this.#voidLookUps(user)
    const verdict = this.parts.verdicts.byId(id, user)
    if (verdict?.state === 'live') this.parts.verdicts.delete(verdict.key)
  }

  /** Something of these users' changed elsewhere: look their live sessions up again. */
  forgetUsers(users: ReadonlySet<string>): void {
    for (const user of users) this.#voidLookUps(user)
    this.parts.verdicts.deleteLive(users)
  }

  /** The key is free of this user's record: its session goes on as somebody else's or nobody's. */
  release(key: string, user: string): void {
    this.#voidLookUps(user)
    this.parts.verdicts.delete(key)
  }

  #fromMemory(key: string, user: string, marker: string | undefined): Judgement | Promise<Judgement> {
    const known = this.parts.verdicts.byKey(key)
    return known?.user === user ? this.#underEveryone(known) : this.#lookUp(key, user, marker)
  }

  #lookUp(key: string, user: string, marker: string | undefined): Promise<Judgement> {
    const slot = `${marker ?? ''} ${key} ${user}`
    const running = this.#lookUps.get(slot)
    if (running) return running.judgement
    const lookUp: LookUp = {
      user,
      isVoid: false,
      judgement: this.#ask(key, user, marker, () => lookUp.isVoid).finally(() => {
        if (this.#lookUps.get(slot) === lookUp) this.#lookUps.delete(slot)
      }),
    }
    this.#lookUps.set(slot, lookUp)
    return lookUp.judgement
  }

  async #ask(key: string, user: string, marker: string | undefined, isVoid: () => boolean): Promise<Judgement> {
    const { storage, hash, verdicts, brake } = this.parts
    brake.looked(user)
    const record = await storage.find(user, hash(key))
    // What a marker says is not remembered: the key may by now be another user's.
    if (!record) return this.#fromMarker(key, user, marker)
    const verdict = verdictOf(record, key)
    const known = verdicts.byKey(key)
    // An end that this process saw while it read, or a fresher copy with activity in it, stands.
    if (known?.user === user && known.id === verdict.id) return this.#underEveryone(known)
    if (!isVoid()) verdicts.set(verdict)
    return this.#underEveryone(verdict)
  }

  async #fromMarker(key: string, user: string, marker: string | undefined): Promise<Judgement> {
    const { changes } = this.parts
    const id = readMarker(changes.storageId, marker)
    if (id === undefined) return { state: 'unseen' }
    const record = await this.parts.storage.get(user, id)
    if (!record) {
      // A storage that came back empty is another one, whatever the last poll knew.
      if (readMarker(await changes.askStorageId(), marker) === undefined) return { state: 'unseen' }
      if (!this.parts.brake.mayInfer(user)) return { state: 'unseen' }
      return { state: 'ended', id, user, key, ending: { reason: 'purged', by: null, at: 0 } }
    }
    const ending = endingOf(record)
    return ending ? { state: 'ended', id, user, key, ending } : { state: 'elsewhere', keyHash: record.keyHash }
  }

  #underEveryone(verdict: Verdict): Live | Ended {
    const { everyone } = this.parts.changes
    if (verdict.state === 'ended' || !everyone || verdict.createdAt > everyone.at) return verdict
    return { state: 'ended', id: verdict.id, user: verdict.user, key: verdict.key, ending: everyone }
  }

  #voidLookUps(user: string): void {
    for (const writing of this.#writing) if (writing.user === user) writing.isVoid = true
    for (const [slot, lookUp] of this.#lookUps) {
      if (lookUp.user !== user) continue
      lookUp.isVoid = true
      this.#lookUps.delete(slot)
    }
  }
}
