/**
 * A text that a client chose, for a terminal: without what would move its cursor, colour it or turn its direction
 * (CWE-150).
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
}
