import { read } from './source-files.js'

/** One subpath of the package's export map. */
export interface Subpath {
  /** As apps import it: `usersessions/fastify`. */
  readonly name: string
  /** Its file below `src`: `bindings/fastify.ts`. */
  readonly source: string
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
}

export const MANIFEST: Manifest = JSON.parse(read('package.json'))

export const SUBPATHS: readonly Subpath[] = Object.entries(MANIFEST.exports).flatMap(([subpath, target]) =>
  typeof target === 'string'
    ? []
    : [
        {
          name: `usersessions${subpath.slice(1)}`,
          source: target.default.replace('./dist/', '').replace(/\.js$/, '.ts'),
        },
      ],
)
