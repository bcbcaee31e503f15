import { authInterleavings } from './auth-interleavings.js'
import { betterAuthApp } from './better-auth-app.js'
import { betterAuthStand } from './better-auth-stand.js'
import { webContract } from './binding-contract.js'

webContract('Express 5 with Better Auth', betterAuthApp())

const cookieCache = { enabled: true }
const LAYERS = {
  'a database': () => betterAuthStand(),
  'a database and the cookie cache': () => betterAuthStand({ cookieCache }),
  'a secondary storage': () => betterAuthStand({}, true),
  'a secondary storage, a database and the cookie cache': () =>
    betterAuthStand({ storeSessionInDatabase: true, cookieCache }, true, ['updates', 'signs out']),
}

for (const [name, open] of Object.entries(LAYERS)) {
  const alone = authInterleavings(`Better Auth on ${name}`, open)
  if (process.env.SHOW) process.on('exit', () => console.log(name, alone))
}
