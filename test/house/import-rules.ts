/** What a part of `src` may import from other parts. The same table stands in ARCHITECTURE.md. */
export interface ImportRule {
  /** Parts whose values, and so types too, it may import. */
  readonly values: readonly string[]
  /** Parts of which it may import types alone. */
  readonly types: readonly string[]
}

const WORDS = ['session', 'errors', 'checks', 'within']
const FOLDERS = ['request', 'engine', 'activity', 'sessions', 'storage', 'events', 'notices', 'web']
const PUBLIC: ImportRule = { values: ['index'], types: [] }

/** By part: a folder of `src`, or a file at its top. */
export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  session: { values: [], types: [] },
  errors: { values: [], types: [] },
  checks: { values: ['errors'], types: [] },
  within: { values: [], types: [] },
  options: { values: [...WORDS, 'request'], types: FOLDERS },
  request: { values: WORDS, types: ['options'] },
  engine: { values: WORDS, types: ['options'] },
  clients: { values: [], types: [] },
  storage: { values: [...WORDS, 'clients'], types: ['options'] },
  events: { values: [...WORDS, 'clients'], types: ['options'] },
  activity: { values: WORDS, types: ['options', 'storage', 'engine', 'events'] },
  sessions: { values: [...WORDS, 'activity'], types: ['options', 'request', 'storage', 'engine', 'events'] },
  notices: { values: WORDS, types: ['events'] },
  web: { values: [...WORDS, 'request'], types: [] },
  binding: { values: [...WORDS, 'options', ...FOLDERS], types: [] },
  wire: { values: [...WORDS, 'options', ...FOLDERS], types: ['binding'] },
  'user-sessions': { values: [...WORDS, 'options', 'binding', 'wire', ...FOLDERS], types: [] },
  index: { values: [...WORDS, 'options', 'binding', 'user-sessions', ...FOLDERS], types: [] },
  bindings: { values: [...PUBLIC.values, 'engine'], types: [] },
  cli: { values: ['index', 'bindings'], types: [] },
  testing: { ...PUBLIC, types: ['session', 'storage'] },
}

/** What the two collective names in ARCHITECTURE.md stand for. */
export const COLLECTIVES: Readonly<Record<string, readonly string[]>> = { words: WORDS, folders: FOLDERS }
