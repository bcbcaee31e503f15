/**
 * Whether a path below a mount may be ours. Bindings ask before they touch a request: the bodies of others are not theirs
 * to read.
 */
export function isWebPath(path: string): boolean {
  return path === '/sessions' || path === '/sessions/'
}
