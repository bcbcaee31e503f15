import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const VERSION = 1
const HEADER = 5
const IV = 12
const TAG = 16

interface SealingKey {
  readonly id: Buffer
  readonly key: Buffer
}

/**
 * Session keys at rest: a SHA-256 to look them up by, and the key itself sealed with AES-256-GCM (a key derived by
 * HKDF, RFC 5869), only so that ending a session can destroy it in the app's store.
 */
export class Keys {
  readonly #sealing: SealingKey[]

  /** @param secrets the first one seals, all of them open: put a new one first to rotate */
  constructor(secrets: readonly string[]) {
    this.#sealing = secrets.map((secret) => {
      const key = Buffer.from(hkdfSync('sha256', secret, '', 'usersessions sealed key v1', 32))
      return {
        key,
        id: createHash('sha256')
          .update(key)
          .digest()
          .subarray(0, HEADER - 1),
      }
    })
  }

  hash(key: string): Uint8Array {
    return createHash('sha256').update(key).digest()
  }

  seal(key: string): Uint8Array {
    const sealing = this.#sealing[0]
    if (!sealing) throw new TypeError('Keys needs at least one secret')
    const iv = randomBytes(IV)
    const cipher = createCipheriv('aes-256-gcm', sealing.key, iv)
    const text = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.of(VERSION), sealing.id, iv, cipher.getAuthTag(), text])
  }

  /** Whether the first secret sealed it. */
  isSealedByFirst(sealed: Uint8Array): boolean {
    return sealed[0] === VERSION && this.#sealing[0]?.id.equals(sealed.subarray(1, HEADER)) === true
  }

  /** Undefined when it was sealed with a secret that is lost, or was tampered with. */
  open(sealed: Uint8Array | null): string | undefined {
    if (!sealed || sealed[0] !== VERSION || sealed.length < HEADER + IV + TAG) return undefined
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    const sealing = this.#sealing.find(({ id }) => id.equals(bytes.subarray(1, HEADER)))
    if (!sealing) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', sealing.key, bytes.subarray(HEADER, HEADER + IV))
      decipher.setAuthTag(bytes.subarray(HEADER + IV, HEADER + IV + TAG))
      // A list opens every key of a user: whole buffers cost a third less than a decoder for each.
      const key = decipher.update(bytes.subarray(HEADER + IV + TAG))
      // Throws when the tag is wrong; GCM has no last block.
      decipher.final()
      return key.toString()
    } catch {
      return undefined
    }
  }
}
