/** Text that is markup already. Only {@link html} and {@link raw} make it. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

/** What may stand in a template. Nothing is drawn for undefined, null and false. */
export type HtmlValue = Html | string | number | undefined | null | false | readonly HtmlValue[]

/** Markup with every value escaped, unless it is {@link Html} itself. Attributes must be written in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? ''
  values.forEach((value, index) => {
    text += drawn(value) + (parts[index + 1] ?? '')
  })
  return new Html(text)
}

/** Takes trusted markup as it is. Never for what a user can have written. */
export function raw(markup: string): Html {
  return new Html(markup)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function drawn(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string' || typeof value === 'number') {
    return String(value).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
  }
  return value.map(drawn).join('')
}
