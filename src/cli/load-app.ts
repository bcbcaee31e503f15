import type { RequestListener } from 'node:http'
import { Server } from 'node:http'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './command.js'

/**
 * The app that a module exports as its default, or a promise of it.
 *
 * @throws UsageError when there is none
 */
export async function loadApp(file: string): Promise<Server | RequestListener> {
  const module: unknown = await import(pathToFileURL(resolve(file)).href)
  const exported: unknown =
    typeof module === 'object' && module !== null && 'default' in module ? await module.default : undefined
  if (exported instanceof Server || isListener(exported)) return exported
  throw new UsageError(`${file} does not export an app as its default: a request listener, as an Express app is.`)
}

function isListener(exported: unknown): exported is RequestListener {
  return typeof exported === 'function'
}
