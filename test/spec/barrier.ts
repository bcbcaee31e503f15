/** A promise to wait at, and what opens it. */
export interface Barrier {
  readonly passed: Promise<void>
  open(): void
}

export function barrier(): Barrier {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}
