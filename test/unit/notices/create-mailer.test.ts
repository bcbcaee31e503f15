import { afterEach, describe, expect, it } from 'vitest'
import { createMailer } from '../../../src/notices/create-mailer.js'
import { loadTransport } from '../../../src/notices/load-transport.js'
import type { MailMessage, MailOptions } from '../../../src/notices/mail-options.js'
import { keepingLogger, manualTimers, notice, options } from './fixtures.js'
import { startSilent, startSink } from './smtp-sink.js'

const INTERVAL = 600_000
const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function sink(...args: Parameters<typeof startSink>) {
  const started = await startSink(...args)
  cleanUps.push(() => started.close())
  return started
}

async function mailer(transport: MailOptions<string>['transport'], changes: Partial<MailOptions<string>> = {}) {
  const { setTimer, fire, waiting } = manualTimers()
  const { logger, lines, logged } = keepingLogger()
  const made = await createMailer(options(transport, changes), { logger, setTimer })
  cleanUps.push(() => made.close())
  return { ...made, fire, waiting, lines, logged }
}

/** A transport in memory, for what does not depend on SMTP. */
function memory(answer: (count: number) => Promise<unknown> = async () => {}) {
  const sent: MailMessage[] = []
  const sendMail = (message: MailMessage) => {
    sent.push(message)
    return answer(sent.length)
  }
  return { sendMail, sent }
}

/** Lets everything that waits for nothing but its turn go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a client change is told by mail', () => {
  it('arrives over real SMTP, as plain text, once', async () => {
    const smtp = await sink()
    const { notify, close } = await mailer(smtp.url)
    notify(notice())
    await smtp.arrived(1)
    await close()
    expect(smtp.mails).toHaveLength(1)
    const mail = smtp.mails[0]
    expect(mail?.recipients).toEqual(['ada@example.org'])
    expect(mail?.raw).toMatch(/^From: Example <security@example\.com>$/im)
    expect(mail?.raw).toMatch(
      /^Subject: Your account at app\.example\.com: a session changed its device or\s+network/im,
    )
    expect(mail?.raw).toMatch(/^Content-Type: text\/plain/im)
    expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated/im)
    expect(mail?.raw).toContain('Now:    Chrome on Windows, IP address 203.0.113.7')
    expect(mail?.raw).toContain('https://app.example.com/accounts/sessions/')
  })

  it('gets no header and no recipient from CR LF in a user agent, a label or a subject', async () => {
    const smtp = await sink()
    const evil = 'x\r\nBcc: eve@example.net\r\n\r\nYour password is wrong'
    const { notify } = await mailer(smtp.url, { subject: (about) => about.device.label })
    const device = { ...notice().device, label: evil }
    notify(notice({ device, to: { ip: evil, userAgent: evil } }))
    await smtp.arrived(1)
    expect(smtp.mails[0]?.recipients).toEqual(['ada@example.org'])
    expect(smtp.mails[0]?.raw).not.toMatch(/^Bcc:/im)
    expect(smtp.mails[0]?.raw).not.toMatch(/^Your password/im)
  })

  it('is not sent to an address with line breaks', async () => {
    const { sendMail, sent } = memory()
    const { notify, logged, lines } = await mailer(
      { sendMail },
      { to: () => 'ada@example.org\r\nBcc: eve@example.net' },
    )
    notify(notice())
    await logged(1)
    expect(sent).toEqual([])
    expect(lines[0]?.message).toMatch(/control characters/)
  })

  it('is not sent to a user without an address', async () => {
    const { sendMail, sent } = memory()
    const { notify, lines, close } = await mailer({ sendMail }, { to: async () => undefined })
    notify(notice())
    await close()
    expect(sent).toEqual([])
    expect(lines).toEqual([])
  })
})

describe('a mail never delays and never throws', () => {
  it('returns before anything of the app is called', async () => {
    const { sendMail, sent } = memory()
    let asked = 0
    const { notify } = await mailer({ sendMail }, { to: (user) => `${user}${++asked}@example.org` })
    notify(notice())
    expect(asked).toBe(0)
    await settle()
    expect(sent).toHaveLength(1)
  })

  it('returns at once while the SMTP server is silent, and closes within 2 seconds', async () => {
    const silent = await startSilent()
    cleanUps.push(() => silent.close())
    const { notify, close, lines } = await mailer(silent.url)
    const started = performance.now()
    for (let index = 0; index < 50; index++) notify(notice({ sessionId: `session-${index}` }))
    expect(performance.now() - started).toBeLessThan(100)
    await silent.connected
    const closing = performance.now()
    await close()
    expect(performance.now() - closing).toBeLessThan(2500)
    expect(lines.at(-1)?.message).toBe('Closed with 50 mails not sent.')
  }, 10_000)

  it('is sent later, once, when the SMTP server was down', async () => {
    const { port, close: stop } = await startSink()
    await stop()
    const { notify, fire, logged, lines } = await mailer(`smtp://127.0.0.1:${port}`)
    notify(notice())
    await logged(1)
    expect(lines[0]).toMatchObject({ level: 'warn', details: { sessionId: notice().sessionId } })
    const smtp = await sink(port)
    expect(fire(5_000)).toBe(1)
    await smtp.arrived(1)
    expect(fire(30_000)).toBe(0)
    expect(smtp.mails).toHaveLength(1)
  })

  it('is tried again three times, later each time, then given up', async () => {
    const { sendMail, sent } = memory(() => Promise.reject(new Error('down')))
    const { notify, fire, logged, lines, waiting } = await mailer({ sendMail })
    notify(notice())
    for (const [index, pause] of [5_000, 30_000, 120_000].entries()) {
      await logged(index + 1)
      expect(fire(pause)).toBe(1)
    }
    await logged(4)
    expect(sent).toHaveLength(4)
    expect(lines.map((line) => line.level)).toEqual(['warn', 'warn', 'warn', 'error'])
    expect(waiting.map((timer) => timer.ms)).toEqual([INTERVAL])
  })

  it('is not tried again when the server refuses for good', async () => {
    const reject = () => Object.assign(new Error('no such mailbox'), { responseCode: 550 })
    const smtp = await sink(0, reject)
    const { notify, logged, lines } = await mailer(smtp.url)
    notify(notice())
    await logged(1)
    expect(lines.map((line) => line.level)).toEqual(['error'])
  })

  it('is tried again when the server refuses for now', async () => {
    let refusals = 1
    const reject = () => (refusals-- > 0 ? Object.assign(new Error('greylisted'), { responseCode: 451 }) : undefined)
    const smtp = await sink(0, reject)
    const { notify, logged, fire } = await mailer(smtp.url)
    notify(notice())
    await logged(1)
    fire(5_000)
    await smtp.arrived(1)
  })

  it.each<[string, Partial<MailOptions<string>>]>([
    [
      'to',
      {
        to: () => {
          throw new Error('no database')
        },
      },
    ],
    ['to, later', { to: () => Promise.reject(new Error('no database')) }],
    [
      'subject',
      {
        subject: () => {
          throw new Error('bug')
        },
      },
    ],
    [
      'text',
      {
        text: () => {
          throw new Error('bug')
        },
      },
    ],
  ])('survives a fault of the app in %s', async (_name, changes) => {
    const { sendMail, sent } = memory()
    const { notify, logged, lines } = await mailer({ sendMail }, changes)
    expect(() => notify(notice())).not.toThrow()
    await logged(1)
    expect(lines[0]?.level).toBe('warn')
    expect(sent).toEqual([])
  })

  it('survives a transport that throws at once, and a logger that throws', async () => {
    const { setTimer, fire } = manualTimers()
    let tries = 0
    const sendMail = () => {
      tries += 1
      throw new Error('bug')
    }
    const logger = {
      warn: () => {
        throw new Error('disk full')
      },
      error: () => {
        throw new Error('disk full')
      },
    }
    const { notify, close } = await createMailer(options({ sendMail }), { logger, setTimer })
    notify(notice())
    await settle()
    fire(5_000)
    await settle()
    expect(tries).toBe(2)
    await close()
  })

  it('gives up a try of a transport that never answers, and goes on', async () => {
    const { sendMail, sent } = memory((count) => (count === 1 ? new Promise(() => {}) : Promise.resolve()))
    const { notify, fire, logged, lines } = await mailer({ sendMail })
    notify(notice())
    await settle()
    expect(fire(60_000)).toBe(1)
    await logged(1)
    fire(5_000)
    await settle()
    expect(sent).toHaveLength(2)
    expect(lines).toHaveLength(1)
  })

  it('opens at most 4 connections side by side, and keeps at most 1,000 mails', async () => {
    const finish: (() => void)[] = []
    const { sendMail, sent } = memory(() => new Promise<void>((resolve) => finish.push(resolve)))
    const { notify, lines } = await mailer({ sendMail })
    for (let index = 0; index < 1_500; index++) notify(notice({ sessionId: `session-${index}` }))
    await settle()
    expect(sent).toHaveLength(4)
    expect(lines.map((line) => line.message)).toEqual([expect.stringMatching(/^1000 mails wait/)])
    for (let done = 0; done < 1_004; done++) {
      finish[done]?.()
      await settle()
    }
    expect(sent).toHaveLength(1_004)
  })
})

describe('a flood of changes is coalesced', () => {
  it('sends the first at once, the newest of the rest at the end of the interval, and counts the others', async () => {
    const { sendMail, sent } = memory()
    const { notify, fire, waiting } = await mailer({ sendMail })
    for (let index = 1; index <= 1_000; index++)
      notify(notice({ to: { ip: `10.0.0.${index % 250}`, userAgent: null } }))
    await settle()
    expect(sent).toHaveLength(1)
    expect(sent[0]?.text).toContain('10.0.0.1\n')
    expect(fire(INTERVAL)).toBe(1)
    await settle()
    expect(sent).toHaveLength(2)
    expect(sent[1]?.text).toContain('10.0.0.0\n')
    expect(sent[1]?.text).toContain('998 more changes')
    notify(notice())
    await settle()
    expect(sent).toHaveLength(2)
    fire(INTERVAL)
    fire(INTERVAL)
    await settle()
    expect(sent).toHaveLength(3)
    expect(waiting).toEqual([])
    notify(notice())
    await settle()
    expect(sent).toHaveLength(4)
  })

  it('tells sessions apart', async () => {
    const { sendMail, sent } = memory()
    const { notify } = await mailer({ sendMail })
    notify(notice({ sessionId: 'one' }))
    notify(notice({ sessionId: 'two' }))
    await settle()
    expect(sent).toHaveLength(2)
  })

  it('does not when minInterval is 0', async () => {
    const { sendMail, sent } = memory()
    const { notify } = await mailer({ sendMail }, { minInterval: 0 })
    notify(notice())
    notify(notice())
    await settle()
    expect(sent).toHaveLength(2)
  })

  it('remembers at most 10,000 sessions', async () => {
    const { notify, waiting, lines } = await mailer(memory())
    for (let index = 0; index < 12_000; index++) notify(notice({ sessionId: `session-${index}` }))
    expect(waiting.filter((timer) => timer.ms === INTERVAL)).toHaveLength(10_000)
    expect(lines.filter((line) => line.message.startsWith('Too many'))).toHaveLength(1)
  })
})

describe('close', () => {
  it('sends what was held back, and what rests between two tries, and leaves no timer', async () => {
    const { sendMail, sent } = memory((count) => (count === 1 ? Promise.reject(new Error('down')) : Promise.resolve()))
    const { notify, close, logged, waiting } = await mailer({ sendMail })
    notify(notice({ sessionId: 'resting' }))
    await logged(1)
    notify(notice({ sessionId: 'held' }))
    await settle()
    notify(notice({ sessionId: 'held' }))
    await close()
    expect(sent).toHaveLength(4)
    expect(waiting).toEqual([])
  })

  it('does not try again what fails while closing, and says so', async () => {
    const { notify, close, lines, waiting } = await mailer(memory(() => Promise.reject(new Error('down'))))
    notify(notice())
    await close()
    expect(lines.map((line) => line.level)).toEqual(['error'])
    expect(waiting).toEqual([])
  })

  it('drops notices that come after it, and may be called twice', async () => {
    const { sendMail, sent } = memory()
    const { notify, close } = await mailer({ sendMail })
    await Promise.all([close(), close()])
    notify(notice())
    await settle()
    expect(sent).toEqual([])
  })
})

describe('options of mails are checked at start', () => {
  it.each<[string, unknown]>([
    ['transport', 'localhost:25'],
    ['transport', 'http://127.0.0.1'],
    ['transport', undefined],
    ['transport', {}],
    ['from', 'security'],
    ['from', 'a@b\r\nBcc: eve@example.net'],
    ['to', 'ada@example.org'],
    ['pageUrl', '/accounts/sessions/'],
    ['pageUrl', 'javascript:alert(1)'],
    ['pageUrl', 'https://ada:secret@example.com/'],
    ['pageUrl', undefined],
    ['minInterval', -1],
    ['minInterval', 1e10],
    ['minInterval', Number.NaN],
    ['subject', 'text'],
    ['text', 'text'],
  ])('%s cannot be %j', async (name, value) => {
    const bad = { ...options('smtp://127.0.0.1'), [name]: value }
    await expect(createMailer(bad)).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining(`mail.${name}`),
    })
  })

  it('a missing nodemailer is said at start, with the command that mends it', async () => {
    const missing = Object.assign(new Error("Cannot find package 'nodemailer'"), { code: 'ERR_MODULE_NOT_FOUND' })
    const loading = loadTransport('smtp://127.0.0.1', () => Promise.reject(missing))
    await expect(loading).rejects.toMatchObject({
      code: 'peer_missing',
      message: expect.stringContaining('npm install nodemailer'),
      cause: missing,
    })
    const broken = new SyntaxError('bug')
    await expect(loadTransport('smtp://127.0.0.1', () => Promise.reject(broken))).rejects.toBe(broken)
  })
})
