import { type Import, sourceFiles } from './source-files.js'

const BY_PATH = new Map(sourceFiles().map((file) => [file.path, file]))

/** Packages whose values are loaded with a file below `src`. */
export function packagesLoadedBy(entry: string): Set<string> {
  return packagesBehind(entry, ({ kind }) => kind === 'value')
}

/** The same, and packages whose types the declarations name. */
export function packagesNamedBy(entry: string): Set<string> {
  return packagesBehind(entry, ({ kind }) => kind !== 'dynamic')
}

function packagesBehind(entry: string, follows: (one: Import) => boolean): Set<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const load = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const one of BY_PATH.get(path)?.imports ?? []) {
      if (!follows(one)) continue
      if (one.isOurs) load(one.to)
      else packages.add(one.to)
    }
  }
  load(entry)
  return packages
}
