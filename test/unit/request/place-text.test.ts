import { expect, it } from 'vitest'
import { placeText } from '../../../src/request/place-text.js'
import type { Place } from '../../../src/session.js'

const LISBON: Place = { country: 'PT', region: 'Lisbon District', city: 'Lisbon' }

it.each<[Place | null, string | null]>([
  [LISBON, 'Lisbon, Portugal'],
  [{ ...LISBON, city: null }, 'Lisbon District, Portugal'],
  [{ country: 'PT', region: null, city: null }, 'Portugal'],
  [{ country: null, region: null, city: 'Lisbon' }, 'Lisbon'],
  [{ country: 'SG', region: null, city: 'Singapore' }, 'Singapore'],
  [{ country: 'QX', region: null, city: null }, 'QX'],
  [{ country: null, region: null, city: null }, null],
  [null, null],
])('a place is worded for people: %j', (place, words) => {
  expect(placeText(place)).toBe(words)
})

it('a country is named in the reader’s language', () => {
  const place: Place = { country: 'DE', region: null, city: 'Berlin' }
  expect(['de', 'fr-CA', 'en-GB', 'tlh'].map((language) => placeText(place, language))).toEqual([
    'Berlin, Deutschland',
    'Berlin, Allemagne',
    'Berlin, Germany',
    'Berlin, Germany',
  ])
})
