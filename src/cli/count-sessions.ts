/** `1 session`, `2 stale sessions`. */
export function countSessions(n: number, kind?: string): string {
  return [n, ...(kind === undefined ? [] : [kind]), n === 1 ? 'session' : 'sessions'].join(' ')
}
