import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What the environment says, with defaults. Throws an error with a code when it makes no sense. */
export function readSettings(env = process.env) {
  const dataDir = resolve(env.DATA_DIR || join(import.meta.dirname, 'data'))
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return {
    port: whole(env, 'PORT', 3000, 65_535),
    dataDir,
    databaseUrl: postgresUrl(env.DATABASE_URL),
    redisUrl: redisUrl(env.REDIS_URL, env.DATABASE_URL),
    secret: env.SESSION_SECRET || keptSecret(join(dataDir, 'secret')),
    trustedHops: whole(env, 'TRUSTED_HOPS', 0, 10),
    trackActivity: whole(env, 'TRACK_ACTIVITY', 1, 1) === 1,
    adminEmail: env.ADMIN_EMAIL?.trim().toLowerCase(),
  }
}

function whole(env, name, fallback, most) {
  const value = env[name] || String(fallback)
  if (/^\d{1,5}$/.test(value) && Number(value) <= most) return Number(value)
  const error = new Error(`${name} must be a whole number from 0 to ${most}, not '${value}'.`)
  throw Object.assign(error, { code: 'SETTING_INVALID' })
}

/** Undefined without one: then all is kept in files. */
function postgresUrl(url) {
  if (!url || /^postgres(ql)?:\/\//.test(url)) return url || undefined
  // Not shown: there may be a password in it.
  const error = new Error('DATABASE_URL must begin with postgres:// here, or not be set: then all is kept in files.')
  throw Object.assign(error, { code: 'SETTING_INVALID' })
}

/** Undefined without one. */
function redisUrl(url, databaseUrl) {
  if (!url) return undefined
  const problem = /^rediss?:\/\//.test(url)
    ? databaseUrl && 'Set REDIS_URL or DATABASE_URL, not both.'
    : 'REDIS_URL must begin with redis:// or rediss://, or not be set.'
  if (problem) throw Object.assign(new Error(problem), { code: 'SETTING_INVALID' })
  return url
}

/** Made once, then read: with a new secret at each start, each start would sign everyone out. */
function keptSecret(path) {
  try {
    writeFileSync(path, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8')
}
