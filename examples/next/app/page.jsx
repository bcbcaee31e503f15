import { redirect } from 'next/navigation'
import { us } from '../lib/us.js'
import { signOut } from './actions.js'

export default async function Home() {
  const mine = await us.of()
  if (mine.user === undefined) redirect('/login?next=/')
  const sessions = await mine.list()
  return (
    <main>
      <p id="user">Signed in as {mine.user}.</p>
      <ul>
        {sessions.map(({ id, device, isCurrent }) => (
          <li key={id}>
            {device.label} {isCurrent && '(here)'}
          </li>
        ))}
      </ul>
      <p>
        <a href="/account/sessions">Your sessions</a>
      </p>
      <form action={signOut}>
        <button type="submit">Sign out</button>
      </form>
    </main>
  )
}
