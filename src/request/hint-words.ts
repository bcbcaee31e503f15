/** Brands of browsers whose user agent says that they are another, each with the name people know. */
const BROWSERS: ReadonlyMap<string, string> = new Map([
  ['AVG Secure Browser', 'AVG Secure Browser'],
  ['Avast Secure Browser', 'Avast Secure Browser'],
  ['Brave', 'Brave'],
  ['CCleaner Browser', 'CCleaner Browser'],
  ['DuckDuckGo', 'DuckDuckGo'],
  ['Norton Private Browser', 'Norton Private Browser'],
  ['Opera GX', 'Opera GX'],
  ['Vivaldi', 'Vivaldi'],
])

/** What a device may be called, by what it calls itself. Some say more of the hardware than of the brand: left out. */
const MODELS: readonly (readonly [test: RegExp, name: string, tablet?: true])[] = [
  [/^SM-[PTX]\d{3}[A-Z0-9]{0,3}$/, 'Samsung Galaxy Tab', true],
  [/^SM-[A-Z]\d{3}[A-Z0-9]{0,3}$/, 'Samsung Galaxy'],
  [/^Pixel Tablet$/, 'Pixel Tablet', true],
  // Xiaomi's begin with the year and month.
  [/^(?:Redmi|Mi|POCO|Xiaomi) |^(?:M2[01]|2[1-9])\d{2}[A-Z0-9]{3,8}$/, 'Xiaomi'],
  [/^ONEPLUS /i, 'OnePlus'],
  [/^moto(?:rola)? /i, 'Motorola'],
  [/^XQ-[A-Z]{2}\d{2}$/, 'Sony Xperia'],
  [/^Nokia /, 'Nokia'],
  [/^FP[2-9]$|^Fairphone /, 'Fairphone'],
]

/** A closed set, for all that it has a number in it. */
const PIXEL = /^Pixel(?: \d{1,2}(?:a| XL| Pro| Pro XL| Pro Fold)?| Fold)$/

const MODEL_NAMES: ReadonlySet<string> = new Set(MODELS.map(([, name]) => name))

/** By the first number of the version (Microsoft's table: 13 and above is 11); before 10 it is the second that counts. */
export function windowsName(version: string): string | null {
  const found = /^(\d{1,3})(?:\.(\d{1,3}))?(?:\.|$)/.exec(version)
  if (found === null) return null
  const major = Number(found[1])
  if (major >= 13) return 'Windows 11'
  if (major >= 1) return 'Windows 10'
  return OLD_WINDOWS[Number(found[2] ?? 0)] ?? null
}

const OLD_WINDOWS: readonly (string | undefined)[] = [undefined, 'Windows 7', 'Windows 8', 'Windows 8.1']
const WINDOWS_NAMES: ReadonlySet<string> = new Set([
  'Windows 7',
  'Windows 8',
  'Windows 8.1',
  'Windows 10',
  'Windows 11',
])

/** The browser that one of these brands is. Made-up brands (GREASE) are no browser. */
export function browserOfBrands(brands: readonly string[]): string | null {
  for (const brand of brands) {
    const name = BROWSERS.get(brand)
    if (name !== undefined) return name
  }
  return null
}

/** The name of a model, and whether it is a tablet. */
export function modelName(model: string): { readonly name: string; readonly tablet: boolean } | null {
  if (PIXEL.test(model)) return { name: model, tablet: false }
  const found = MODELS.find(([test]) => test.test(model))
  return found === undefined ? null : { name: found[1], tablet: found[2] === true }
}

/** Whether a name is one that the functions above give out. */
export const isHintWord = {
  browser: (name: string): boolean => BROWSER_NAMES.has(name),
  os: (name: string): boolean => WINDOWS_NAMES.has(name),
  model: (name: string): boolean => MODEL_NAMES.has(name) || PIXEL.test(name),
} as const

const BROWSER_NAMES: ReadonlySet<string> = new Set(BROWSERS.values())
