import { safeNext } from 'usersessions'
import { us } from '../../lib/us.js'

const WHY_ENDED = {
  'other-session': 'You were signed out from another of your devices.',
  admin: 'An administrator signed you out.',
  expired: 'Your session has expired.',
}

export default async function Login({ searchParams }) {
  const { next, problem } = await searchParams
  const { ended } = await us.of()
  const why = ended && ended.reason !== 'user' ? (WHY_ENDED[ended.reason] ?? 'Your session has ended.') : undefined
  return (
    <form method="post" action="/api/login">
      {(problem || why) && <p role="alert">{problem ? 'That is no name and password of ours.' : why}</p>}
      <input type="hidden" name="next" value={safeNext(next, '/')} />
      <label>
        Name <input name="user" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit">Sign in</button>
    </form>
  )
}
