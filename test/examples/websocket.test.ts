import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import WebSocket from 'ws'
import { Browser } from '../spec/browser.js'
import { Example } from './example.js'
import { story } from './story.js'

const ADA = { user: 'ada', password: 'correct horse' }

function cookieOf({ cookies }: Browser): string {
  return [...cookies].map((pair) => pair.join('=')).join('; ')
}

function openSocket(url: string, headers: Record<string, string>) {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  const closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, String(reason)])))
  const opened = new Promise((resolve) => {
    socket.once('message', (data) => resolve(String(data)))
    socket.once('unexpected-response', (_request, { statusCode }: IncomingMessage) => resolve(statusCode))
    socket.once('error', () => {})
  })
  return { socket, opened, closed }
}

story('websocket')

test('what one browser ends closes the other’s socket and stream', async () => {
  await using example = await Example.start('websocket')
  const { url } = example
  expect(await openSocket(url, {}).opened).toBe(401)
  const [one, two] = [new Browser(url), new Browser(url)]
  for (const browser of [one, two]) expect((await browser.post('/login', ADA)).status).toBe(303)
  expect(await openSocket(url, { cookie: cookieOf(two), origin: 'https://evil.example' }).opened).toBe(403)

  const { opened, closed, socket } = openSocket(url, { cookie: cookieOf(two) })
  expect(await opened).toBe('hello ada')
  const echo = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
  socket.send('ping')
  expect(await echo).toBe('ping')
  const events = await new Promise<IncomingMessage>((resolve) => {
    get(`${url}/events`, { headers: { cookie: cookieOf(two) } }, resolve)
  })
  expect(events.statusCode).toBe(200)
  const stream = text(events)

  expect((await one.post('/accounts/sessions/')).headers.get('location')).toContain('n=1')
  expect(await closed).toEqual([4401, 'other-session'])
  expect(await stream).toContain('event: session-ended\ndata: {"reason":"other-session"}\n\n')
})
