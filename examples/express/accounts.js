import express from 'express'
import { safeNext } from 'usersessions'
import { sendLogin, sendLogout, sendPasswordChange, sendSignUp } from './account-forms.js'
import { sameOrigin } from './same-origin.js'

const SHORTEST = 8
const HOME = '/accounts/sessions/'

const WHY_ENDED = {
  'other-session': 'You were signed out from another of your devices.',
  'credentials-changed': 'You were signed out because the password was changed.',
  admin: 'An administrator signed you out.',
  expired: 'Your session has expired.',
}

/** Sign-up, login, logout and password change. They know nothing of usersessions, but for why a session has ended. */
export function accounts({ users, us, requireUser }) {
  const router = express.Router()
  router.use(sameOrigin, express.urlencoded({ extended: false, limit: '16kb' }))

  router.get('/signup/', (req, res) => {
    sendSignUp(res, { next: safeNext(req.query.next, '') })
  })

  router.post('/signup/', async (req, res) => {
    const { email, password, next } = fields(req)
    const refuse = (status, problem) => sendSignUp(res, { next: safeNext(next, ''), email, problem, status })
    if (!/^[^\s@]+@[^\s@]+$/.test(email.trim()) || email.length > 250) {
      return refuse(422, 'Please enter your email address.')
    }
    if (isShort(password)) return refuse(422, `Please choose a password of at least ${SHORTEST} characters.`)
    const user = await users.create(email, password)
    if (!user) return refuse(409, 'There is an account with this email address. Please log in instead.')
    await signIn(req, user)
    res.redirect(303, safeNext(next, HOME))
  })

  router.get('/login/', (req, res) => {
    const next = safeNext(req.query.next, '')
    if (res.locals.user) return res.redirect(303, next || HOME)
    sendLogin(res, { next, problem: whyEnded(us.of(req).ended) })
  })

  router.post('/login/', async (req, res) => {
    const { login, password, next } = fields(req)
    const user = await users.authenticate(login, password)
    if (!user) {
      const problem = 'This email address and password do not belong together.'
      return sendLogin(res, { next: safeNext(next, ''), login, problem, status: 401 })
    }
    await signIn(req, user)
    res.redirect(303, safeNext(next, HOME))
  })

  router.get('/logout/', (_req, res) => sendLogout(res))

  router.post('/logout/', async (req, res) => {
    await done((callback) => req.session.destroy(callback))
    res.clearCookie('connect.sid').redirect(303, '/')
  })

  router.get('/password/change/', requireUser, (req, res) => {
    sendPasswordChange(res, { done: req.query.done === '1' })
  })

  router.post('/password/change/', requireUser, async (req, res) => {
    const { oldpassword, password1, password2, end_others: endOthers } = fields(req)
    const refuse = (problem) => sendPasswordChange(res, { problem, status: 422 })
    const user = await users.authenticate(res.locals.user.email, oldpassword)
    if (!user) return refuse('Your current password is not this one.')
    if (isShort(password1)) return refuse(`Please choose a password of at least ${SHORTEST} characters.`)
    if (password1 !== password2) return refuse('The two new passwords are not the same.')
    await users.changePassword(user.id, password1)
    if (endOthers) await us.of(req).endOthers()
    await signIn(req, user)
    res.redirect(303, '/accounts/password/change/?done=1')
  })

  return router
}

/**
 * A new session key, so that nobody who knew the old one is signed in (session fixation). For a user who is signed in
 * already it is a change of keys: their session stays the same one in the list.
 */
async function signIn(req, user) {
  await done((callback) => req.session.regenerate(callback))
  req.session.userId = user.id
}

function whyEnded(ended) {
  return ended && ended.reason !== 'user' ? (WHY_ENDED[ended.reason] ?? 'Your session has ended.') : undefined
}

/** The form's fields, each as one text; a field that is missing or repeated reads as ''. */
function fields(req) {
  const body = req.body ?? {}
  return new Proxy({}, { get: (_target, name) => (typeof body[name] === 'string' ? body[name] : '') })
}

function isShort(password) {
  return [...password].length < SHORTEST
}

/** A promise for a function that takes a callback. */
function done(work) {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())))
}
