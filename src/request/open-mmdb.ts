import { resolve } from 'node:path'
import { UserSessionsError } from '../errors.js'
import type { Place } from '../session.js'
import { readPlace } from './read-place.js'

/** What is used of the package maxmind; by shape, so that our types do not need its. */
export interface Maxmind {
  open(path: string, options: { readonly cache: { readonly max: number } }): Promise<MmdbReader>
}

interface MmdbReader {
  get(ip: string): unknown
  readonly metadata: { readonly ipVersion: number }
}

/** Decoded records that the reader keeps. Places are kept anyway, so that this need not be many. */
const CACHE = { max: 1000 }

/**
 * Reads an .mmdb file into memory, with maxmind, which is loaded here and only then.
 *
 * @throws UserSessionsError `peer_missing` when maxmind is not installed, `places_unreadable`
 */
export async function openMmdb(
  path: string,
  load: () => Promise<Maxmind> = () => import('maxmind'),
): Promise<{ locate(ip: string): Place | null }> {
  const maxmind = await load().catch((cause: unknown) => {
    if (codeOf(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new UserSessionsError(
      'peer_missing',
      "places is the path of a file, and reading it needs the package 'maxmind'. Install it: npm install maxmind",
      { cause },
    )
  })
  const reader = await maxmind.open(path, { cache: CACHE }).catch((cause: unknown) => {
    throw new UserSessionsError('places_unreadable', `places: '${path}' ${faultOf(cause, path)}`, { cause })
  })
  return {
    // A tree of IPv4 alone would take the first half of an IPv6 address for one of IPv4.
    locate: (ip) => (reader.metadata.ipVersion === 4 && ip.includes(':') ? null : readPlace(reader.get(ip))),
  }
}

function faultOf(cause: unknown, path: string): string {
  const code = codeOf(cause)
  if (code === 'ENOENT')
    return `is not there. It was looked for at ${resolve(path)}: is the path right, and was the file deployed?`
  if (code === 'EISDIR') return 'is a folder. Name the .mmdb file in it.'
  const why = cause instanceof Error ? cause.message : String(cause)
  // An error of the file system, and not of reading what is in the file.
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return `cannot be read (${why}). May this process read it?`
  return `is no .mmdb database (${why}). Unpack it if it is an archive; fetch it again if the download broke off.`
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
