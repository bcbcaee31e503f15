import { hash, verify } from '@node-rs/argon2'

/** Stands for the app's own accounts: both have the password `correct horse`, kept as Argon2id hashes. */
const USERS = new Map()
for (const name of ['ada', 'bob']) USERS.set(name, await hash('correct horse'))

/** Checked when there is no such user, so that the time an answer takes does not tell who has an account. */
const NOBODY = await hash('nobody has this password')

/** Whether these belong together. */
export async function authenticate(user, password) {
  return (await verify(USERS.get(user) ?? NOBODY, String(password))) && USERS.has(user)
}
