import type { SetTimer } from '../../../src/notices/create-delivery.js'
import type { MailOptions } from '../../../src/notices/mail-options.js'
import type { Notice } from '../../../src/notices/notice.js'
import type { Logger } from '../../../src/session.js'

export const PAGE_URL = 'https://app.example.com/accounts/sessions/'

/** A notice about Ada's session. */
export function notice(changes: Partial<Notice<string>> = {}): Notice<string> {
  return {
    kind: 'clientChanged',
    user: 'ada',
    sessionId: '0198c0de-0000-7000-8000-000000000001',
    from: { ip: '198.51.100.4', userAgent: 'Mozilla/5.0 (iPhone)' },
    to: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (Windows NT 10.0)' },
    at: Date.UTC(2026, 10, 3, 14, 5, 9),
    device: { label: 'Chrome on Windows', browser: 'Chrome', version: 138, os: 'Windows', kind: 'desktop' },
    fromDevice: { label: 'Safari on iPhone', browser: 'Safari', version: 18, os: 'iOS', kind: 'mobile' },
    location: null,
    fromLocation: null,
    ...changes,
  }
}

/** Options that send to `<user>@example.org`. */
export function options(transport: MailOptions<string>['transport'], changes: Partial<MailOptions<string>> = {}) {
  const to = (user: string) => `${user}@example.org`
  return { transport, from: 'Example <security@example.com>', to, pageUrl: PAGE_URL, ...changes }
}

/** Timers that run when the test says so. */
export function manualTimers() {
  const waiting: { run: () => void; ms: number }[] = []
  const setTimer: SetTimer = (run, ms) => {
    const timer = { run, ms }
    waiting.push(timer)
    return () => {
      const at = waiting.indexOf(timer)
      if (at >= 0) waiting.splice(at, 1)
    }
  }
  /** Runs the timers set for `ms` that wait now. */
  const fire = (ms: number): number => {
    const due = waiting.filter((timer) => timer.ms === ms)
    for (const timer of due) {
      waiting.splice(waiting.indexOf(timer), 1)
      timer.run()
    }
    return due.length
  }
  return { setTimer, fire, waiting }
}

/** A logger that keeps what it is told, and lets a test wait for it. */
export function keepingLogger() {
  const lines: { level: 'warn' | 'error'; message: string; details: unknown }[] = []
  let look = () => {}
  const log = (level: 'warn' | 'error') => (message: string, details?: unknown) => {
    lines.push({ level, message, details })
    look()
  }
  const logger: Logger = { warn: log('warn'), error: log('error') }
  const logged = (count: number) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (lines.length >= count) resolve()
      }
      look()
    })
  return { logger, lines, logged }
}
