import { readFile } from 'node:fs/promises'
import ts from 'typescript'

const OURS = new URL('../../src/', import.meta.url).href
const OPTIONS = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true }
let port

export function initialize(given) {
  port = given
}

export function resolve(specifier, context, next) {
  const isOurs = specifier.startsWith('.') && context.parentURL?.startsWith(OURS)
  return next(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

export async function load(url, context, next) {
  port.postMessage(url)
  if (!url.startsWith(OURS)) return next(url, context)
  const { outputText } = ts.transpileModule(await readFile(new URL(url), 'utf8'), { compilerOptions: OPTIONS })
  return { format: 'module', source: outputText, shortCircuit: true }
}
