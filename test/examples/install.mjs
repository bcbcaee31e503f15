import { execSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

// Installs every example that is tested, and builds those that need it; `npm run demo` installs its own. Some have this package
// as a copy, as their readers do, and npm would keep one of yesterday.
const EXAMPLES = join(import.meta.dirname, '../../examples')
const BUILDING = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', SESSIONS_SECRET: 'of-at-least-32-characters-to-build' }

for (const name of readdirSync(EXAMPLES)) {
  const folder = join(EXAMPLES, name)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) continue
  rmSync(join(folder, 'node_modules/usersessions'), { recursive: true, force: true })
  execSync('npm install --no-save --loglevel=error', { cwd: folder, stdio: 'inherit' })
  const { scripts } = JSON.parse(readFileSync(manifest, 'utf8'))
  if (scripts.build) execSync('npm run build', { cwd: folder, stdio: 'inherit', env: BUILDING })
}
