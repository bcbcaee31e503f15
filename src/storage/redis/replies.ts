/** A reply as text; a client may be set to hand out buffers. */
export function text(reply: unknown): string {
  if (typeof reply === 'string') return reply
  return reply instanceof Uint8Array ? Buffer.from(reply).toString() : String(reply)
}

/** A reply that is a list, as texts. */
export function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(text) : []
}

/** A flat list of so many values each, as a list of those. */
export function groups(values: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.floor(values.length / size) }, (_, n) => values.slice(n * size, (n + 1) * size))
}
