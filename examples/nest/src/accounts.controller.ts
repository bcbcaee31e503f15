import { scryptSync, timingSafeEqual } from 'node:crypto'
import {
  Body,
  Controller,
  Get,
  Header,
  Post,
  Query,
  Redirect,
  Req,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common'
import { type RequestSessions, safeNext } from 'usersessions'
import { CurrentSessions, SessionGuard } from 'usersessions/nest'

const SALT = 'of the example'
/** Stands for the app's own accounts: both have the password `correct horse`. */
const USERS = new Map(['ada', 'bob'].map((name) => [name, scryptSync('correct horse', SALT, 32)]))
const HTML = 'text/html; charset=utf-8'

type Done = (error?: unknown) => void
/** What the sessions of both libraries have. */
type AppRequest = { session: { userId?: string; regenerate(done: Done): unknown; destroy(done: Done): unknown } }

@Controller()
export class AccountsController {
  @Get()
  @UseGuards(SessionGuard)
  @Header('content-type', HTML)
  home(@CurrentSessions() sessions: RequestSessions) {
    return page(`<p>Signed in as ${sessions.user}. <a href="/accounts/sessions/">Your sessions</a></p>`)
  }

  @Get('login')
  @Header('content-type', HTML)
  async loginForm(@CurrentSessions() sessions: RequestSessions, @Query('next') next?: string) {
    const ended = await sessions.tellEnded()
    return page(`${ended && ended.reason !== 'user' ? '<p role="status">You were signed out.</p>' : ''}
<form method="post">
<input type="hidden" name="next" value="${escapeHtml(safeNext(next, '/'))}">
<label>Name <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`)
  }

  @Post('login')
  @Redirect()
  async login(@Req() request: AppRequest, @Body() form: { user?: string; password?: string; next?: string }) {
    const hash = USERS.get(String(form.user))
    if (!hash || !timingSafeEqual(hash, scryptSync(String(form.password), SALT, 32))) {
      throw new UnauthorizedException('That is no name and password of ours.')
    }
    await settled((done) => request.session.regenerate(done))
    request.session.userId = form.user
    return { url: safeNext(form.next, '/'), statusCode: 303 }
  }

  @Post('logout')
  @Redirect('/login', 303)
  async logout(@Req() request: AppRequest) {
    await settled((done) => request.session.destroy(done))
  }
}

function settled(run: (done: Done) => unknown): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())))
}

function page(body: string) {
  return `<!doctype html><html lang="en"><title>Example</title>${body}`
}

function escapeHtml(text: string) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
