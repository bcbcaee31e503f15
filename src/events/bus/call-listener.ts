import { forLog } from '../../errors.js'
import type { Logger } from '../../session.js'

/** Calls what listens to a bus; what it throws, or rejects with, is logged and harms nobody. */
export function callListener(listener: () => unknown, name: string, logger: Logger): void {
  const failed = (error: unknown) => logger.error(`usersessions: what listens to the ${name} bus failed`, forLog(error))
  try {
    Promise.resolve(listener()).catch(failed)
  } catch (error) {
    failed(error)
  }
}
