/** What one browser sent, with what should be told of it. */
export interface HintSample {
  readonly what: string
  readonly source: string
  readonly userAgent: string
  /** By the end of the name: `Sec-CH-UA` is the empty one. */
  readonly headers: Readonly<Record<string, string>>
  readonly hints: string | null
  readonly label: string
}

const CODE = 'public code on GitHub, found by its brand or header'
const MDN = 'https://developer.mozilla.org/docs/Web/HTTP/Guides/Client_hints'
const YAUAA = 'https://github.com/nielsbasjes/yauaa (Apache-2.0), UserAgents/ClientHints-Tests.yaml'

const LIKE = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${LIKE}`
const MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${LIKE}`
const LINUX = `Mozilla/5.0 (X11; Linux x86_64) ${LIKE}`
const ANDROID = `Mozilla/5.0 (Linux; Android 10; K) ${LIKE}`

function desktop(platform: string, version: string | null, brands: string, versions: string): Record<string, string> {
  return {
    '': brands,
    '-full-version-list': versions,
    '-mobile': '?0',
    '-model': '""',
    '-platform': `"${platform}"`,
    ...(version !== null && { '-platform-version': `"${version}"` }),
  }
}

function android(model: string, version: string, brands: string, versions: string): Record<string, string> {
  return {
    '': brands,
    '-full-version-list': versions,
    '-mobile': '?1',
    '-model': `"${model}"`,
    '-platform': '"Android"',
    '-platform-version': `"${version}"`,
  }
}

/**
 * The answers were written before the reader was run. Where only headers that are sent unasked were found (Opera GX,
 * Vivaldi, Samsung Internet), an asked-for one is added; where no user agent was with them, the browser's reduced one.
 */
export const HINT_SAMPLES: readonly HintSample[] = [
  {
    what: 'Chrome on Windows 11',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/136.0.0.0 Safari/537.36`,
    headers: {
      ...desktop(
        'Windows',
        '15.0.0',
        '"Chromium";v="136", "Not.A/Brand";v="99", "Google Chrome";v="136"',
        '"Chromium";v="136.0.7103.113", "Not.A/Brand";v="99.0.0.0", "Google Chrome";v="136.0.7103.113"',
      ),
      '-form-factors': '"Desktop"',
    },
    hints: '{"os":"Windows 11"}',
    label: 'Chrome on Windows 11',
  },
  {
    what: 'Chrome on a later Windows 11',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/133.0.0.0 Safari/537.36`,
    headers: {
      ...desktop(
        'Windows',
        '19.0.0',
        '"Not(A:Brand";v="99", "Chromium";v="133", "Google Chrome";v="133"',
        '"Not(A:Brand";v="99.0.0.0", "Chromium";v="133.0.6943.127", "Google Chrome";v="133.0.6943.127"',
      ),
      '-form-factors': '"Desktop"',
    },
    hints: '{"os":"Windows 11"}',
    label: 'Chrome on Windows 11',
  },
  {
    what: 'Chrome on Windows 10',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/131.0.0.0 Safari/537.36`,
    headers: desktop(
      'Windows',
      '10.0.0',
      '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Google Chrome";v="131.0.6778.205", "Chromium";v="131.0.6778.205", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{"os":"Windows 10"}',
    label: 'Chrome on Windows 10',
  },
  {
    what: 'Chrome on Windows 7',
    source: YAUAA,
    userAgent: `Mozilla/5.0 (Windows NT 6.1; Win64; x64) ${LIKE} Chrome/100.0.4896.75 Safari/537.36`,
    headers: desktop(
      'Windows',
      '0.1.0',
      '" Not A;Brand";v="99", "Chromium";v="100", "Google Chrome";v="100"',
      '" Not A;Brand";v="99.0.0.0", "Chromium";v="100.0.4896.75", "Google Chrome";v="100.0.4896.75"',
    ),
    hints: '{"os":"Windows 7"}',
    label: 'Chrome on Windows 7',
  },
  {
    what: 'Chrome on macOS',
    source: CODE,
    userAgent: `${MAC} Chrome/131.0.0.0 Safari/537.36`,
    headers: desktop(
      'macOS',
      '13.7.2',
      '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Google Chrome";v="131.0.6778.266", "Chromium";v="131.0.6778.266", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{}',
    label: 'Chrome on macOS',
  },
  {
    what: 'Edge on Windows 11',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0`,
    headers: desktop(
      'Windows',
      '15.0.0',
      '"Microsoft Edge";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Microsoft Edge";v="131.0.2903.99", "Chromium";v="131.0.6778.140", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{"os":"Windows 11"}',
    label: 'Edge on Windows 11',
  },
  {
    what: 'Edge on Windows 10',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0`,
    headers: desktop(
      'Windows',
      '10.0.0',
      '"Microsoft Edge";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Microsoft Edge";v="131.0.2903.146", "Chromium";v="131.0.6778.265", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{"os":"Windows 10"}',
    label: 'Edge on Windows 10',
  },
  {
    what: 'Brave on macOS',
    source: CODE,
    userAgent: `${MAC} Chrome/131.0.0.0 Safari/537.36`,
    headers: desktop(
      'macOS',
      '15.0.1',
      '"Brave";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Brave";v="131.0.0.0", "Chromium";v="131.0.0.0", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{"browser":"Brave"}',
    label: 'Brave on macOS',
  },
  {
    what: 'Brave on Windows 11',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/131.0.0.0 Safari/537.36`,
    headers: desktop(
      'Windows',
      '15.0.0',
      '"Brave";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Brave";v="131.0.0.0", "Chromium";v="131.0.0.0", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{"browser":"Brave","os":"Windows 11"}',
    label: 'Brave on Windows 11',
  },
  {
    what: 'Brave on Linux',
    source: CODE,
    userAgent: `${LINUX} Chrome/131.0.0.0 Safari/537.36`,
    headers: desktop(
      'Linux',
      '6.11.9',
      '"Brave";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
      '"Brave";v="131.0.0.0", "Chromium";v="131.0.0.0", "Not_A Brand";v="24.0.0.0"',
    ),
    hints: '{"browser":"Brave"}',
    label: 'Brave on Linux',
  },
  {
    what: 'Opera on Windows, asked for no version of it',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/119.0.0.0 Safari/537.36 OPR/105.0.0.0`,
    headers: desktop(
      'Windows',
      null,
      '"Opera";v="105", "Chromium";v="119", "Not?A_Brand";v="24"',
      '"Opera";v="105.0.4970.60", "Chromium";v="119.0.6045.199", "Not?A_Brand";v="24.0.0.0"',
    ),
    hints: '{}',
    label: 'Opera on Windows',
  },
  {
    what: 'Opera on Android, with an empty list of versions and a model of an Android of before the reduction',
    source: YAUAA,
    userAgent: `Mozilla/5.0 (Linux; Android 11; Nokia 7.2) ${LIKE} Chrome/99.0.4844.88 Mobile Safari/537.36 OPR/68.2.3557.64219`,
    headers: android(
      'Nokia 7.2',
      '11',
      '" Not;A Brand";v="99", "Opera";v="85", "Chromium";v="99", "OperaMobile";v="68"',
      '',
    ),
    hints: '{"model":"Nokia"}',
    label: 'Opera on Nokia',
  },
  {
    what: 'Opera GX, unasked but for its model',
    source: CODE,
    userAgent: `${WINDOWS} Chrome/134.0.0.0 Safari/537.36 OPR/119.0.0.0`,
    headers: {
      '': '"Chromium";v="134", "Not:A-Brand";v="24", "Opera GX";v="119"',
      '-model': '""',
      '-platform': '"Windows"',
    },
    hints: '{"browser":"Opera GX"}',
    label: 'Opera GX on Windows',
  },
  {
    what: 'Vivaldi, which is Google Chrome as well',
    source: CODE,
    userAgent: `${LINUX} Chrome/126.0.0.0 Safari/537.36`,
    headers: {
      '': '"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126", "Vivaldi";v="6.8"',
      '-mobile': '?0',
      '-model': '""',
      '-platform': '"Linux"',
    },
    hints: '{"browser":"Vivaldi"}',
    label: 'Vivaldi on Linux',
  },
  {
    what: 'Chrome on a Pixel',
    source: MDN,
    userAgent: `${ANDROID} Chrome/143.0.0.0 Mobile Safari/537.36`,
    headers: {
      '': '"Google Chrome";v="143", "Chromium";v="143", "Not A(Brand";v="24"',
      '-form-factors': '"Mobile"',
      '-mobile': '?1',
      '-model': '"Pixel 9"',
      '-platform': '"Android"',
    },
    hints: '{"model":"Pixel 9"}',
    label: 'Chrome on Pixel 9',
  },
  {
    what: 'Chrome on a Galaxy',
    source: CODE,
    userAgent: `${ANDROID} Chrome/147.0.0.0 Mobile Safari/537.36`,
    headers: android(
      'SM-A155M',
      '16.0.0',
      '"Google Chrome";v="147", "Not.A/Brand";v="8", "Chromium";v="147"',
      '"Google Chrome";v="147.0.7727.138", "Not.A/Brand";v="8.0.0.0", "Chromium";v="147.0.7727.138"',
    ),
    hints: '{"model":"Samsung Galaxy"}',
    label: 'Chrome on Samsung Galaxy',
  },
  {
    what: 'Samsung Internet on a Galaxy',
    source: CODE,
    userAgent: `${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    headers: {
      '': '"Not?A_Brand";v="99", "Samsung Internet";v="28.0", "Chromium";v="130"',
      '-mobile': '?1',
      '-model': '"SM-S918B"',
      '-platform': '"Android"',
    },
    hints: '{"model":"Samsung Galaxy"}',
    label: 'Samsung Internet on Samsung Galaxy',
  },
  {
    what: 'Chrome on a Galaxy Tab',
    source: CODE,
    userAgent: `${ANDROID} Chrome/139.0.0.0 Safari/537.36`,
    headers: { '-mobile': '?0', '-model': '"SM-X200"', '-platform': '"Android"' },
    hints: '{"model":"Samsung Galaxy Tab","kind":"tablet"}',
    label: 'Chrome on Samsung Galaxy Tab',
  },
  {
    what: 'a WebView',
    source: CODE,
    userAgent: `Mozilla/5.0 (Linux; Android 9; SM-S908E Build/TP1A.220624.014; wv) ${LIKE} Version/4.0 Chrome/129.0.6668.70 Mobile Safari/537.36`,
    headers: android(
      'SM-S908E',
      '9.0.0',
      '"Android WebView";v="129", "Not=A?Brand";v="8", "Chromium";v="129"',
      '"Android WebView";v="129.0.6668.70", "Not=A?Brand";v="8.0.0.0", "Chromium";v="129.0.6668.70"',
    ),
    hints: '{"model":"Samsung Galaxy"}',
    label: 'App on Samsung Galaxy',
  },
  {
    what: 'Chrome OS',
    source: 'https://wicg.github.io/ua-client-hints/#sec-ch-ua-platform, filled in',
    userAgent: `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${LIKE} Chrome/138.0.0.0 Safari/537.36`,
    headers: desktop(
      'Chrome OS',
      '16295.54.0',
      '"Not)A;Brand";v="8", "Chromium";v="138", "Google Chrome";v="138"',
      '"Not)A;Brand";v="8.0.0.0", "Chromium";v="138.0.7204.158", "Google Chrome";v="138.0.7204.158"',
    ),
    hints: '{}',
    label: 'Chrome on ChromeOS',
  },
  {
    what: 'an e-reader, by its form alone',
    source: 'https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-CH-UA-Form-Factors',
    userAgent: `${ANDROID} Chrome/138.0.0.0 Safari/537.36`,
    headers: { '-mobile': '?0', '-form-factors': '"EInk"' },
    hints: '{}',
    label: 'Chrome on Android',
  },
  {
    what: 'a first navigation: nothing that was asked for',
    source: CODE,
    userAgent: `${MAC} Chrome/141.0.0.0 Safari/537.36`,
    headers: {
      '': '"Brave";v="141", "Not?A_Brand";v="8", "Chromium";v="141"',
      '-mobile': '?0',
      '-platform': '"macOS"',
    },
    hints: null,
    label: 'Chrome on macOS',
  },
]
