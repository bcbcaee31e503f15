import { hash, verify } from '@node-rs/argon2'

/** The app's users. Passwords are kept as Argon2id hashes. */
export async function createUsers(database, { adminEmail }) {
  if (!(await database.schema.hasTable('users'))) {
    await database.schema.createTable('users', (table) => {
      table.increments('id')
      table.string('email').notNullable().unique()
      table.string('password').notNullable()
    })
  }
  // Checked when there is no such user, so that the time an answer takes does not tell who has an account.
  const nobody = await hash('nobody has this password')

  return {
    /** The new user; undefined when the address is taken. */
    async create(email, password) {
      const user = { email: normal(email), password: await hash(password) }
      const [row] = await database('users').insert(user).onConflict('email').ignore().returning(['id', 'email'])
      return row
    },

    /** The user with this address and password; undefined when there is none. */
    async authenticate(email, password) {
      const user = await database('users')
        .where({ email: normal(email) })
        .first()
      const matches = await verify(user?.password ?? nobody, password)
      return user && matches ? user : undefined
    },

    async find(id) {
      return id === undefined ? undefined : database('users').where({ id }).first('id', 'email')
    },

    async changePassword(id, password) {
      await database('users')
        .where({ id })
        .update({ password: await hash(password) })
    },

    /** ADMIN_EMAIL, or whoever signed up first. */
    isAdmin(user) {
      return user !== undefined && (adminEmail ? user.email === adminEmail : user.id === 1)
    },
  }
}

function normal(email) {
  return email.trim().toLowerCase()
}
