import type { TestClient } from '../testing/index.js'

/** Fills in a login form as a browser does: what is hidden in it goes along, such as a token against forgery. */
export async function signInForm(
  client: TestClient,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const page = await (await client.get(path)).text()
  return client.post(path, { ...hiddenFields(page), ...fields })
}

function hiddenFields(page: string): Record<string, string> {
  const tags = [...page.matchAll(/<input\b[^>]*>/gi)].map(([tag]) => tag)
  const hidden = tags.filter((tag) => attribute(tag, 'type')?.toLowerCase() === 'hidden')
  return Object.fromEntries(hidden.map((tag) => [attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '']))
}

function attribute(tag: string, name: string): string | undefined {
  const [, double, single, bare] =
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag) ?? []
  return (double ?? single ?? bare)?.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}
