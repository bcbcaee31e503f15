import { safeNext } from 'usersessions'
import { us } from '../../../lib/us.js'
import { authenticate } from '../../../lib/users.js'

export async function POST(request) {
  const form = await request.formData()
  const user = String(form.get('user'))
  if (!(await authenticate(user, form.get('password')))) return to('/login?problem=1')
  const mine = await us.of()
  await mine.signOut() // who is signed in here already
  const session = await us.session()
  session.userId = user
  await mine.issue(user, { lifetime: 14 * 86_400_000, data: { method: 'password' } })
  await session.save()
  return to(safeNext(form.get('next'), '/'))
}

function to(location) {
  return new Response(null, { status: 303, headers: { location } })
}
