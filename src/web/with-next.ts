/** The sign-in URL with `?next=` the page to come back to; `safeNext` checks what comes back. */
export function withNext(loginUrl: string, url: string): string {
  const [, address = '', fragment = ''] = /^([^#]*)(#.*)?$/s.exec(loginUrl) ?? []
  const separator = address.includes('?') ? (/[?&]$/.test(address) ? '' : '&') : '?'
  return `${address}${separator}next=${encodeURIComponent(url)}${fragment}`
}
