import type { Flag } from './command.js'

/** How a command that works on records finds them. */
export const STORAGE_FLAGS: Readonly<Record<string, Flag>> = {
  config: {
    type: 'string',
    value: 'PATH',
    help: 'Options of createUserSessions. Default is usersessions.config.js or .mjs here',
  },
  storage: {
    type: 'string',
    value: 'URL',
    help: 'Instead of the config: sqlite:./data/sessions.db, postgres://user@host/database or mysql://…',
  },
  'table-prefix': { type: 'string', value: 'PREFIX', help: "Begins every table's name. Default is user_" },
  schema: { type: 'string', value: 'NAME', help: 'The schema of PostgreSQL that holds the tables' },
}
