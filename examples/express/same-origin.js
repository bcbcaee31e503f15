const READING = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses forms that another site sends here with the user's cookies (CSRF). Browsers say where a request comes from; one
 * without either header comes from no browser. The sessions page and its API check by themselves.
 */
export function sameOrigin(req, res, next) {
  if (READING.includes(req.method) || isOwn(req)) return next()
  res.status(403).type('text').send('This form came from another site, so it was refused.')
}

function isOwn(req) {
  const site = req.get('sec-fetch-site')
  const origin = req.get('origin')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === req.get('host'))
}
