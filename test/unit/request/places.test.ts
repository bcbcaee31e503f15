import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMmdb } from '../../../src/request/open-mmdb.js'
import { openPlaces, type PlaceSource } from '../../../src/request/places.js'
import { readPlace } from '../../../src/request/read-place.js'
import type { Place } from '../../../src/session.js'
import { keepingLogger } from '../notices/fixtures.js'
import { COUNTRIES, COUNTRIES_IPV4, IN_PORTUGAL, IN_THE_USA, LISBON } from './place-databases.js'

const SILENT = { warn: () => {}, error: () => {} }
const PORTUGAL: Place = { country: 'PT', region: null, city: null }

/** A source of the app's own that notes what it was asked. */
function noting(answer: (ip: string) => Place | null) {
  const asked: string[] = []
  const locate = (ip: string) => {
    asked.push(ip)
    return answer(ip)
  }
  return { asked, source: { locate } }
}

/** What code without types can hand over. */
function untyped(claimed: unknown): PlaceSource {
  const source = { locate: () => null }
  Reflect.set(source, 'locate', () => claimed)
  return source
}

describe('places from a file', () => {
  it('tells the country of an address, of IPv4 and IPv6 and of IPv4 in IPv6', async () => {
    const { locate } = await openPlaces(COUNTRIES, SILENT)
    expect(locate(IN_PORTUGAL)).toEqual(PORTUGAL)
    expect(locate(`::ffff:${IN_PORTUGAL}`)).toEqual(PORTUGAL)
    expect(locate(IN_THE_USA)).toEqual({ country: 'US', region: null, city: null })
    expect(locate('203.0.113.7')).toBeNull()
  })

  it('takes no IPv6 address for one of IPv4 where the file has those alone', async () => {
    const { locate } = await openPlaces(COUNTRIES_IPV4, SILENT)
    expect(locate(IN_PORTUGAL)).toEqual(PORTUGAL)
    expect(locate(IN_THE_USA)).toBeNull()
  })

  it.each([
    [
      'one that is not there',
      'none.mmdb',
      /'.*none\.mmdb' is not there\. It was looked for at \S+none\.mmdb: .*deployed/,
    ],
    ['a folder', '.', /is a folder\. Name the \.mmdb file/],
    ['text', 'text.mmdb', /is no \.mmdb database .*fetch it again/],
    ['an empty one', 'empty.mmdb', /is no \.mmdb database/],
    ['an archive', 'archive.mmdb', /is no \.mmdb database .*gzip.*Unpack it/],
  ])('says of %s what was wrong and how to mend it', async (_what, name, words) => {
    const folder = await mkdtemp(join(tmpdir(), 'usersessions-places-'))
    await writeFile(join(folder, 'text.mmdb'), 'version https://git-lfs.github.com/spec/v1\n'.repeat(50))
    await writeFile(join(folder, 'empty.mmdb'), '')
    await writeFile(join(folder, 'archive.mmdb'), new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]))
    const opening = openPlaces(join(folder, name), SILENT)
    await expect(opening).rejects.toMatchObject({
      code: 'places_unreadable',
      message: expect.stringMatching(words),
      cause: expect.any(Error),
    })
    await rm(folder, { recursive: true })
  })

  it('says at the start that maxmind is missing, with the command that mends it', async () => {
    const missing = Object.assign(new Error("Cannot find package 'maxmind'"), { code: 'ERR_MODULE_NOT_FOUND' })
    await expect(openPlaces(COUNTRIES, SILENT, () => Promise.reject(missing))).rejects.toMatchObject({
      code: 'peer_missing',
      message: expect.stringContaining('npm install maxmind'),
      cause: missing,
    })
    const broken = new SyntaxError('bug')
    await expect(openPlaces(COUNTRIES, SILENT, () => Promise.reject(broken))).rejects.toBe(broken)
  })

  it('reads the records of a file of MaxMind’s shape', async () => {
    const reader = { get: (ip: string) => (ip === IN_PORTUGAL ? LISBON : null), metadata: { ipVersion: 6 } }
    const source = await openMmdb('city.mmdb', async () => ({ open: async () => reader }))
    const { locate } = await openPlaces(source, SILENT)
    expect(locate(IN_PORTUGAL)).toEqual({ country: 'PT', region: 'Lisbon District', city: 'Lisbon' })
    expect(locate('193.136.0.2')).toBeNull()
  })
})

describe('the place in a record', () => {
  it.each<[string, unknown, Place | null]>([
    ['GeoLite2 Country', { country: LISBON.country }, PORTUGAL],
    ['names without English', { city: { names: { de: 'Köln' } } }, { country: null, region: null, city: 'Köln' }],
    ['where an address is registered, which is no place', { registered_country: { iso_code: 'FR' } }, null],
    ['a flat file of countries', { country_code: 'pt' }, PORTUGAL],
    [
      'a flat file of cities',
      {
        city: 'Lisbon',
        country_code: 'PT',
        latitude: 38.7,
        longitude: -9.1,
        postcode: '',
        state1: 'Lisboa',
        state2: '',
      },
      { country: 'PT', region: 'Lisboa', city: 'Lisbon' },
    ],
    ['a flat file that knows little', { city: '', country_code: 'PT', state1: '' }, PORTUGAL],
    ['a country beside its name', { country: 'Portugal', country_code: 'PT' }, PORTUGAL],
    ['a country by its code', { country: 'PT', region: 'Lisbon' }, { country: 'PT', region: 'Lisbon', city: null }],
    ['networks, and no places', { autonomous_system_number: 1930, autonomous_system_organization: 'FCCN' }, null],
    ['no country', { country_code: 'ZZ' }, null],
    ['nothing', null, null],
    ['text', 'PT', null],
  ])('is read from %s', (_what, record, place) => {
    expect(readPlace(record)).toEqual(place)
  })

  it('is a place or null, whatever the record', () => {
    fc.assert(fc.property(fc.anything(), (record) => expectPlace(readPlace(record))))
    const keys = fc.constantFrom('country', 'country_code', 'city', 'names', 'en', 'iso_code', 'subdivisions', 'state1')
    fc.assert(fc.property(fc.dictionary(keys, fc.anything()), (record) => expectPlace(readPlace(record))))
  })
})

function expectPlace(place: Place | null): void {
  if (place === null) return
  expect(Object.keys(place)).toEqual(['country', 'region', 'city'])
  for (const text of Object.values(place)) expect(text === null || typeof text === 'string').toBe(true)
}

describe('places of the app’s own', () => {
  it('are asked for each public address once, in its one normal form', async () => {
    const { asked, source } = noting(() => PORTUGAL)
    const { locate } = await openPlaces(source, SILENT)
    for (const ip of [IN_PORTUGAL, IN_PORTUGAL, '2001:DB8:0::1', '2001:DB8:0::1']) expect(locate(ip)).toEqual(PORTUGAL)
    expect(asked).toEqual([IN_PORTUGAL, '2001:db8::1'])
  })

  it('are asked at most a thousand times more than they can answer from memory', async () => {
    const { asked, source } = noting(() => null)
    const { locate } = await openPlaces(source, SILENT)
    for (let n = 0; n < 1001; n++) locate(`203.0.${n >> 8}.${n & 255}`)
    locate('203.0.0.0')
    locate('203.0.3.232')
    expect(asked).toHaveLength(1002)
  })

  it.each([
    null,
    '',
    'unknown',
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '999.1.1.1',
  ])('are not asked for %j, which is nowhere', async (ip) => {
    const { asked, source } = noting(() => PORTUGAL)
    const { locate } = await openPlaces(source, SILENT)
    expect(locate(ip)).toBeNull()
    expect(asked).toEqual([])
  })

  it('cost nothing but places when they throw, and that is said once', async () => {
    const { logger, lines } = keepingLogger()
    const { asked, source } = noting((ip) => {
      if (asked.length < 3) throw new Error(`no ${ip}`)
      return PORTUGAL
    })
    const { locate } = await openPlaces(source, logger)
    expect([locate(IN_PORTUGAL), locate('8.8.8.8'), locate(IN_PORTUGAL)]).toEqual([null, null, PORTUGAL])
    expect(lines).toMatchObject([{ level: 'error', message: expect.stringContaining('where an address is') }])
    const failing = () => {
      throw new Error('no log')
    }
    const deaf = await openPlaces({ locate: failing }, { warn: failing, error: failing })
    expect(deaf.locate(IN_PORTUGAL)).toBeNull()
  })

  it('must answer at once: a promise is none, and its rejection harms nobody', async () => {
    const { logger, lines } = keepingLogger()
    const { locate } = await openPlaces(untyped(Promise.reject(new Error('late'))), logger)
    expect(locate(IN_PORTUGAL)).toBeNull()
    expect(lines).toMatchObject([{ details: expect.stringContaining('not with a promise') }])
  })

  it.each<[unknown, Place | null]>([
    [{ country: 'pt' }, PORTUGAL],
    [{ country: 'PT', region: 7, city: ['Lisbon'] }, PORTUGAL],
    [
      { country: 'PRT', city: 'Lisbon' },
      { country: null, region: null, city: 'Lisbon' },
    ],
    [{ country: 5, region: {}, city: null }, null],
    [{ country: 'XX', region: ' ', city: '\u200b' }, null],
    [{}, null],
    [undefined, null],
    ['Lisbon', null],
    [7, null],
    [['PT'], null],
  ])('are cleaned: %j', async (claimed, place) => {
    const { locate } = await openPlaces(untyped(claimed), SILENT)
    expect(locate(IN_PORTUGAL)).toEqual(place)
  })

  it('have no text that is invisible, turns what is around it, or is endless', async () => {
    const city = `\u202eLis\u0000bon\u2028\u200b\ud83d${'x'.repeat(5000)}\n`
    const { locate } = await openPlaces(
      { locate: () => ({ ...PORTUGAL, city, region: '\u{1f3f4}'.repeat(300) }) },
      SILENT,
    )
    const place = locate(IN_PORTUGAL)
    expect(place?.city).toMatch(/^Lisbon x{93}$/)
    expect([...(place?.region ?? '')]).toHaveLength(100)
  })

  it.each([5, true, null, '', {}, [], { locate: 'Lisbon' }, () => null])('cannot be %j', async (option) => {
    const options = {}
    Reflect.set(options, 'places', option)
    const { places }: { places?: PlaceSource } = options
    const opening = openPlaces(places, SILENT)
    await expect(opening).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringMatching(/^Option 'places' must be the path of an \.mmdb file/),
    })
  })

  it('are not known without the option', async () => {
    expect((await openPlaces(undefined, SILENT)).locate(IN_PORTUGAL)).toBeNull()
  })
})
