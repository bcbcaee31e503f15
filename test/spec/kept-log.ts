import { inspect } from 'node:util'
import type { Logger } from '../../src/index.js'

/** A logger that keeps every line as a console would print it. */
export interface KeptLog extends Logger {
  readonly lines: readonly string[]
}

export function keptLog(): KeptLog {
  const lines: string[] = []
  const keep = (message: string, details?: unknown) => {
    lines.push(details === undefined ? message : `${message} ${inspect(details, { depth: 10 })}`)
  }
  return { lines, warn: keep, error: keep }
}
