import { expect } from 'vitest'
import { ERROR_CODES, UserSessionsError } from '../../src/index.js'

/** What a mistake is answered with: a code of ours, or the error's name. */
export async function faultOf(run: () => unknown): Promise<{ readonly code: unknown; readonly message: string }> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error instanceof UserSessionsError) expect(ERROR_CODES).toContain(error.code)
    return { code: error instanceof UserSessionsError ? error.code : error.name, message: error.message }
  }
  throw new Error('It did not fail.')
}
