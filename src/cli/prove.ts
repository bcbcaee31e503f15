import { type Proof, type ProofOptions, proveEndedStaysEnded, type TestClient } from '../testing/index.js'
import { type Call, type Command, type Flag, UsageError } from './command.js'
import { loadApp } from './load-app.js'
import { plainJson } from './plain-json.js'
import { readFields } from './read-fields.js'
import { showProof } from './show-proof.js'
import { signInForm } from './sign-in-form.js'

const FLAGS: Readonly<Record<string, Flag>> = {
  app: { type: 'string', value: 'FILE', help: 'Instead of a URL: a module whose default export is the app' },
  'login-path': { type: 'string', value: 'PATH', help: 'Where the login takes a POST' },
  fields: { type: 'string', value: 'A=…,B=…', help: 'What the login takes: login=ada@example.com,password=…' },
  'login-type': { type: 'string', value: 'TYPE', help: 'How: form or json. Default is form' },
  protected: { type: 'string', value: 'PATH', help: 'A page that is only for people who are signed in' },
  'logout-path': { type: 'string', value: 'PATH', help: 'Where the sign-out takes a POST' },
  api: { type: 'string', value: 'PATH', help: 'The API of usersessions, such as /api/auth/sessions' },
  slow: {
    type: 'string',
    value: "'POST PATH,…'",
    help: 'Requests that read a body, best those that change the session',
  },
  'signed-in-text': { type: 'string', value: 'TEXT', help: 'What only people who are signed in see on that page' },
  'allow-remote': { type: 'boolean', help: 'Also for an app that is not on this machine. Only try your own' },
  json: { type: 'boolean', help: 'As JSON' },
}

/** Tries to bring ended sessions of an app back to life, through the app's own pages. */
export const prove: Command = {
  name: 'prove',
  usage: '(URL | --app FILE) --login-path PATH --fields A=…,B=… --protected PATH',
  summary: 'Sign in to an app and try whether its ended sessions come back',
  flags: FLAGS,
  async run(call) {
    const proof = await attempt(call)
    if (call.given('json')) call.out(plainJson(proof))
    else for (const line of showProof(proof, needed(call, 'protected'))) call.out(line)
    return proof.ok ? 0 : 1
  },
}

/** 1 stands for a session that came back: what else goes wrong is for 2. */
async function attempt(call: Call): Promise<Proof> {
  const options = readOptions(call)
  try {
    return await proveEndedStaysEnded(await readApp(call), options)
  } catch (error) {
    throw error instanceof Error ? new UsageError(inFlags(error.message), { cause: error }) : error
  }
}

/** The proof speaks of its options; here they are flags. */
function inFlags(message: string): string {
  return message.replaceAll('`isSignedIn`', '--signed-in-text').replaceAll('`slow`', '--slow')
}

function readOptions(call: Call): ProofOptions {
  const [signOut, api, slow, text] = ['logout-path', 'api', 'slow', 'signed-in-text'].map((flag) => call.text(flag))
  if (signOut === undefined && api === undefined) throw new UsageError('prove needs --logout-path, --api or both.')
  return {
    signIn: readLogin(call),
    protected: needed(call, 'protected'),
    ...(signOut === undefined ? {} : { signOut }),
    ...(api === undefined ? {} : { api }),
    ...(slow === undefined ? {} : { slow: slow.split(',').map((one) => one.trim()) }),
    ...(text === undefined ? {} : { isSignedIn: async (answer: Response) => (await answer.text()).includes(text) }),
  }
}

function readLogin(call: Call): (client: TestClient) => Promise<unknown> {
  const path = needed(call, 'login-path')
  const fields = readFields(needed(call, 'fields'))
  const type = call.text('login-type') ?? 'form'
  if (type === 'json') return (client) => client.json(path, fields)
  if (type === 'form') return (client) => signInForm(client, path, fields)
  throw new UsageError(`There is no login type '${type}': form, json.`)
}

async function readApp(call: Call) {
  const [url, ...more] = call.positionals
  const file = call.text('app')
  if (more.length > 0 || (url === undefined) === (file === undefined)) {
    throw new UsageError('prove takes either a URL or --app FILE.')
  }
  if (file !== undefined) return loadApp(file)
  if (url === undefined || !URL.canParse(url))
    throw new UsageError(`'${url}' is no URL, such as http://localhost:3000.`)
  if (!isLoopback(new URL(url)) && !call.given('allow-remote')) {
    throw new UsageError(`${new URL(url).host} is not this machine. If that app is yours, add --allow-remote.`)
  }
  return new URL(url)
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

function needed(call: Call, flag: string): string {
  const value = call.text(flag)
  if (value === undefined) throw new UsageError(`prove needs --${flag} ${FLAGS[flag]?.value ?? ''}.`)
  return value
}
