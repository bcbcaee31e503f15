// NUL cannot be stored as PostgreSQL text, and lone surrogates have no UTF-8 form.
const UNSTORABLE = /[\0\p{Surrogate}]/gu

/** The text as every storage keeps it: U+FFFD in place of each NUL and each lone surrogate. */
export function cleanText<T extends string | null>(text: T): T | string {
  return text === null ? text : text.replace(UNSTORABLE, '\ufffd')
}
