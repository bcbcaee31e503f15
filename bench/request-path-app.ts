import { createHmac, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import express from 'express'
import session from 'express-session'
import Fastify from 'fastify'
import type pg from 'pg'
import { forExpress } from '../src/bindings/express.js'
import { forFastify } from '../src/bindings/fastify.js'
import { createUserSessions, openStorage, type UserSessions } from '../src/index.js'
import { answering } from './child.js'
import { poolIn } from './postgres.js'
import { VouchingStore, vouchingFastifyStore } from './vouching-store.js'

/** What the app is: bare, with us, or with what people write by hand. */
export type Variant = 'bare' | 'usersessions' | 'upsert'

/** How the process is told what to be. */
export interface AppArguments {
  readonly framework: 'express' | 'fastify'
  readonly variant: Variant
  readonly url: string
  /** For several processes. */
  readonly bus?: string
  readonly maxStaleness?: number
}

const SECRET = 'a secret of the benches, 32 characters and more'
const SESSION = { secret: SECRET, resave: false, saveUninitialized: false, store: new VouchingStore() }

const given: AppArguments = JSON.parse(process.argv[2] ?? '{}')
const pool = poolIn(given.url)
let statements = 0
const sessions = given.variant === 'usersessions' ? await openSessions() : undefined
const port = given.framework === 'express' ? await startExpress() : await startFastify()

answering(async (question) => {
  if (question.ask === 'cookies') return cookies(Number(question.count), String(question.name))
  if (question.ask === 'statements') return statements
  if (question.ask === 'cpu') return cpuMicroseconds()
  if (question.ask === 'flush') return sessions?.flush()
  if (question.ask === 'seen') return lastSeen(String(question.user))
  return port
})

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function openSessions(): Promise<UserSessions> {
  const storage = await openStorage(pool, { onStatement: () => statements++ })
  const { bus, maxStaleness } = given
  const several = { ...(bus && { bus }), ...(maxStaleness && { maxStaleness }) }
  return createUserSessions({ storage, secret: SECRET, trackActivity: true, purgeInterval: 0, ...several })
}

/** What is written by hand, and awaited, on each request. */
async function upsert(key: string, ip: string | undefined, userAgent: string | undefined): Promise<void> {
  statements++
  await pool.query(
    `insert into seen (key, ip, user_agent, seen_at) values ($1, $2, $3, now())
     on conflict (key) do update set ip = excluded.ip, user_agent = excluded.user_agent, seen_at = excluded.seen_at`,
    [key, ip, userAgent],
  )
}

async function startExpress(): Promise<number> {
  const app = express()
  const us = sessions && forExpress(sessions, { user: (data) => Reflect.get(data, 'userId') })
  app.use(us ? us.session(session, SESSION) : session(SESSION))
  if (given.variant === 'upsert') {
    app.use((request, _response, next) => {
      upsert(request.sessionID, request.ip, request.get('user-agent')).then(() => next(), next)
    })
  }
  app.get('/me', (_request, response) => void response.send('ok'))
  app.get('/who', (request, response) => void response.send(us?.of(request).user === undefined ? 'no' : 'ok'))
  app.post('/end', (request, response, next) => {
    const ended = sessions?.user(String(request.query.user)).endAll()
    ended?.then(() => response.send('ok'), next)
  })
  return listen(createServer(app))
}

async function startFastify(): Promise<number> {
  const app = Fastify()
  await app.register(fastifyCookie)
  const options = {
    secret: SECRET,
    saveUninitialized: false,
    rolling: false,
    cookie: { secure: false },
    store: vouchingFastifyStore,
  }
  const us = sessions && forFastify(sessions, { user: (data) => Reflect.get(data, 'userId') })
  if (us) await app.register(us.session(fastifySession, options))
  else await app.register(fastifySession, options)
  if (given.variant === 'upsert') {
    app.addHook('onRequest', (request) => upsert(request.session.sessionId, request.ip, request.headers['user-agent']))
  }
  app.get('/me', async () => 'ok')
  await app.listen({ port: 0, host: '127.0.0.1' })
  return portOf(app.server)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server))))
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Cookies that every process of one bench takes; the first characters of a key are its user. */
function cookies(count: number, name: string): string[] {
  const prefix = createHmac('sha256', SECRET).update(name).digest('hex').slice(0, 6)
  return Array.from({ length: count }, (_, index) => {
    const key = `${prefix}${String(index).padStart(6, '0')}${randomBytes(10).toString('hex')}`
    const signature = createHmac('sha256', SECRET).update(key).digest('base64').replace(/=+$/, '')
    const express = `connect.sid=${encodeURIComponent(`s:${key}.${signature}`)}`
    return given.framework === 'express' ? express : `sessionId=${encodeURIComponent(`${key}.${signature}`)}`
  })
}

async function lastSeen(user: string): Promise<number | null> {
  const { rows }: pg.QueryResult<{ last_seen_at: string }> = await pool.query(
    'select last_seen_at from user_sessions where user_id = $1',
    [user],
  )
  return rows[0] ? Number(rows[0].last_seen_at) : null
}
