/**
 * Text from a user, fit to be shown: without what is invisible or turns the text around it (bidi controls, zero-width and other
 * format characters, fillers), control characters and halves of surrogate pairs. White space becomes one space.
 *
 * @param limit code points
 * @see Unicode Technical Report 36, section 2.5 (bidirectional text spoofing)
 */
export function cleanText(text: string, limit = 512): string {
  const visible = text
    .slice(0, limit * 4)
    .replace(/[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\s+/gu, ' ')
    .replace(/\p{Cc}/gu, '')
    // A pile of accents on one letter would cover the lines around it.
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .trim()
  return [...visible].slice(0, limit).join('')
}
