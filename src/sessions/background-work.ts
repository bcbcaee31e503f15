import { forLog } from '../errors.js'
import type { Config } from '../options.js'
import type { Parts } from './parts.js'

/** Keeps hold of work that no request waits for, so that closing can. */
export function backgroundWork({ logger }: Config): Pick<Parts, 'background'> & { settled(): Promise<void> } {
  const running = new Set<Promise<void>>()
  return {
    background(name, work) {
      const done: Promise<void> = work
        .then(
          () => {},
          (error: unknown) => logger.error(`usersessions: could not ${name}`, forLog(error)),
        )
        .finally(() => running.delete(done))
      running.add(done)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
