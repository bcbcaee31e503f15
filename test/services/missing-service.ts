import { test } from 'vitest'

const isRequired = Boolean(process.env.CI) || process.env.USERSESSIONS_REQUIRE_SERVICES === '1'

/**
 * Makes the file a single test that is skipped by a name that says what is not tested, why and what to do; or one that fails, where
 * services are required.
 */
export function missingService(title: string): false {
  if (isRequired) {
    test(title, () => {
      throw new Error(title)
    })
  } else {
    test.skip(title)
    console.warn(title)
  }
  return false
}
