/** A member of whatever was handed over; undefined when it has none of that name. */
export function member(of: unknown, name: string): unknown {
  return (typeof of === 'object' && of !== null) || typeof of === 'function' ? Reflect.get(of, name) : undefined
}

/** Whether it has methods of all these names. */
export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => typeof member(value, name) === 'function')
}

/** Whether a rejected `import` means that the package is not installed. */
export function isMissing(cause: unknown): boolean {
  return member(cause, 'code') === 'ERR_MODULE_NOT_FOUND'
}
