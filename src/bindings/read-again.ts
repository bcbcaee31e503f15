import type { Context } from 'hono'

/**
 * The request of a Hono context, with its body. One that the app has read through `c.req` before is written out again in the
 * request's own media type.
 *
 * @returns undefined for a body that something read past Hono, which must not pass for an empty one
 */
export async function readAgain(c: Context): Promise<Request | undefined> {
  const { raw } = c.req
  if (!raw.bodyUsed) return raw
  try {
    return new Request(raw.url, { method: raw.method, headers: raw.headers, body: await written(c) })
  } catch {
    return undefined
  }
}

async function written(c: Context): Promise<string> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return c.req.text()
  const form = await c.req.formData()
  return new URLSearchParams([...form].map(([name, value]): [string, string] => [name, String(value)])).toString()
}
