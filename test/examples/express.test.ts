import type { Browser } from '../spec/browser.js'
import { story } from './story.js'

const ADA = { email: 'ada@example.com', login: 'ada@example.com', password: 'correct horse' }

/** The demo has no users at first. */
async function signUpOrIn(browser: Browser): Promise<Response> {
  const signedUp = await browser.post('/accounts/signup/', ADA)
  return signedUp.status === 409 ? browser.post('/accounts/login/', ADA) : signedUp
}

story('express', {
  title: 'the demo',
  login: '/accounts/login/',
  home: '/accounts/password/change/',
  signIn: signUpOrIn,
})
