import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const QUIET = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`)

/** A real Chromium. */
export function launchChromium(): Promise<Browser> {
  if (!existsSync(PATH)) {
    throw new Error(
      `There is no Chromium at ${PATH}. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to one.`,
    )
  }
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox', '--no-first-run', ...QUIET] })
}

/** One person's browser window, and everything that it has complained of. */
export class Window implements AsyncDisposable {
  readonly complaints: string[] = []

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const window = new Window(context, page)
    const complain = (what: string) => void window.complaints.push(what)
    page.on('console', (message) => message.type() === 'error' && complain(`console: ${message.text()}`))
    page.on('pageerror', (error) => complain(`script: ${error.message}`))
    page.on('dialog', (dialog) => {
      complain(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await context.exposeFunction('reportViolation', (what: string) => complain(`policy: ${what}`))
    await context.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(event.violatedDirective + ' ' + event.blockedURI)
    })`)
    return window
  }

  /** By the page's own form. */
  async signUp(url: string, email: string, password: string): Promise<void> {
    await this.page.goto(`${url}/accounts/signup/`)
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByRole('main').getByRole('button', { name: 'Sign up' }).click()
  }

  /** By the page's own form. */
  async logIn(url: string, email: string, password: string): Promise<void> {
    await this.page.goto(`${url}/accounts/login/`)
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  }

  /** How many sessions the page lists. */
  async listed(): Promise<number> {
    return this.page.locator('tbody tr').count()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close()
  }
}
