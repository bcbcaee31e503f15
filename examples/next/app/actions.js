'use server'

import { redirect } from 'next/navigation'
import { us } from '../lib/us.js'

export async function signOut() {
  const mine = await us.of()
  await mine.signOut()
  redirect('/login')
}
