import { randomBytes } from 'node:crypto'

/** No session library's own key begins so. */
const PREFIX = 'us1_'

/** A session key for what the client alone carries: 256 bits from a CSPRNG (OWASP ASVS 5.0 7.2.3). */
export function issuedKey(): string {
  return PREFIX + randomBytes(32).toString('base64url')
}

/** Whether a key is one of ours, that no session store can know. */
export function isIssued(key: string): boolean {
  return key.startsWith(PREFIX)
}
