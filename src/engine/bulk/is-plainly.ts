/**
 * Whether a store is of a class that has these methods, and loads and destroys as that class does. One that a subclass or a
 * wrapper has changed may keep its keys elsewhere, or do more with a destroy; it is asked by its own methods.
 */
export function isPlainly(store: object, ...marks: readonly string[]): boolean {
  const home = homeOf(store, 'get')
  return home !== undefined && ['destroy', ...marks].every((method) => homeOf(store, method) === home)
}

/** The object, of a store and its prototypes, that has a method. */
function homeOf(store: object, method: string): object | undefined {
  for (let at: object | null = store; at !== null; at = Reflect.getPrototypeOf(at)) {
    const own = Reflect.getOwnPropertyDescriptor(at, method)
    if (own) return typeof own.value === 'function' ? at : undefined
  }
  return undefined
}
