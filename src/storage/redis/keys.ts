/**
 * How many buckets users are spread over. Part of the layout: with another number no record would be found. All of a bucket is in
 * one slot of a cluster, so that one script changes it as one.
 */
const BUCKETS = 64

/** Which keys hold what. `prefix` holds no braces, so nothing but the bucket is hashed, whatever is in a user's id. */
export class RedisKeys {
  readonly buckets: readonly number[] = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
  readonly meta: string

  constructor(private readonly prefix: string) {
    this.meta = `{${prefix}:meta}`
  }

  /** Of all the users of a bucket. */
  ofBucket(bucket: number, name: 'log' | 'due' | 'erased' | 'marks' | 'marked' | 'blocked' | 'moving'): string {
    return `${this.#tag(bucket)}${name}`
  }

  /** One user's sessions: live, ended, by key hash, and those that may be re-keyed. */
  ofUser(bucket: number, userId: string): string[] {
    return ['l', 'e', 'k', 'p'].map((name) => `${this.#tag(bucket)}${name}:${userId}`)
  }

  /** As scripts on one user want them; the receipt first. */
  forUser(userId: string, receipt: string): string[] {
    const bucket = bucketOf(userId)
    return [
      `${this.#tag(bucket)}r:${receipt}`,
      ...this.ofUser(bucket, userId),
      ...(['log', 'due', 'erased', 'marks', 'marked', 'blocked', 'moving'] as const).map((name) =>
        this.ofBucket(bucket, name),
      ),
    ]
  }

  #tag(bucket: number): string {
    return `{${this.prefix}:${String(bucket).padStart(2, '0')}}`
  }
}

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/: spreads evenly, and need not be secret. */
export function bucketOf(userId: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(userId)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % BUCKETS
}
