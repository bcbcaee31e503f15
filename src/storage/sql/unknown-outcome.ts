/** A commit whose answer is lost may or may not have been done: neither success nor a case for doing it again. */
export class UnknownOutcome extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`${reason}. Whether the last change was made is not known.`, { cause })
  }
}
