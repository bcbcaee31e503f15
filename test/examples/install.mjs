import { execSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

// Installs every example that is tested; `npm run demo` installs its own. Some have this package as a copy, as their readers
// do, and npm would keep one of yesterday.
const EXAMPLES = join(import.meta.dirname, '../../examples')

for (const name of readdirSync(EXAMPLES)) {
  const folder = join(EXAMPLES, name)
  if (!existsSync(join(folder, 'package.json'))) continue
  rmSync(join(folder, 'node_modules/usersessions'), { recursive: true, force: true })
  execSync('npm install --no-save --loglevel=error', { cwd: folder, stdio: 'inherit' })
}
