import type { Device } from '../session.js'

/** What is known of a user agent by one look: the first rule that matches wins. */
export interface DeviceRule {
  readonly test: RegExp
  readonly name: string
}

/** Where a browser runs: hardware that people know by its name, or an operating system. */
export interface PlaceRule {
  readonly test: RegExp
  /** As in `Safari on iPhone`. */
  readonly name: string
  readonly os: string | null
  readonly kind: Device['kind']
  /** It has but one browser, which needs no name. */
  readonly fixed?: true
}

/** Programs and libraries. Those that call themselves at the very start are only looked for there. */
export const PROGRAMS: readonly DeviceRule[] = [
  { test: /^curl\//i, name: 'curl' },
  { test: /^wget2?\//i, name: 'Wget' },
  { test: /^httpie\//i, name: 'HTTPie' },
  { test: /^python-requests\//i, name: 'Python Requests' },
  { test: /^python-httpx\//i, name: 'HTTPX' },
  { test: /aiohttp\//i, name: 'aiohttp' },
  { test: /^python-urllib|^python\//i, name: 'Python' },
  { test: /^okhttp\//i, name: 'OkHttp' },
  { test: /^axios\//i, name: 'Axios' },
  { test: /^(?:node|undici|node-fetch|got|node-superagent)\b/i, name: 'Node.js' },
  { test: /^bun\//i, name: 'Bun' },
  { test: /^deno\//i, name: 'Deno' },
  { test: /^go-http-client\//i, name: 'Go' },
  { test: /^(?:java(?:-http-client)?\/|apache-httpclient)/i, name: 'Java' },
  { test: /^postmanruntime\//i, name: 'Postman' },
  { test: /^insomnia\//i, name: 'Insomnia' },
  { test: /^dart\//i, name: 'Dart' },
  { test: /^(?:ruby|faraday)\b/i, name: 'Ruby' },
  { test: /^guzzlehttp\//i, name: 'PHP' },
  { test: /powershell\//i, name: 'PowerShell' },
  { test: /headlesschrome\//i, name: 'Headless Chrome' },
]

/** `CUBOT` is a maker of phones. */
export const BOTS: readonly DeviceRule[] = [
  { test: /googlebot/i, name: 'Googlebot' },
  { test: /bingbot/i, name: 'Bingbot' },
  { test: /applebot/i, name: 'Applebot' },
  { test: /yandex(?:mobile)?bot/i, name: 'YandexBot' },
  { test: /duckduckbot/i, name: 'DuckDuckBot' },
  { test: /baiduspider/i, name: 'Baiduspider' },
  { test: /gptbot|chatgpt-user|oai-searchbot/i, name: 'OpenAI bot' },
  { test: /claudebot|claude-(?:user|web|searchbot)/i, name: 'ClaudeBot' },
  { test: /perplexity(?:bot|-user)/i, name: 'PerplexityBot' },
  { test: /facebookexternalhit|facebookcatalog|meta-external/i, name: 'Facebook bot' },
  { test: /slackbot|slack-imgproxy/i, name: 'Slackbot' },
  { test: /(?<!cu)bot\b|crawler|spider\b|slurp\b|pingdom|uptimerobot/i, name: 'Bot' },
]

/** Apps that open pages in a web view of their own, and desktop apps made of a browser. */
export const APPS: readonly DeviceRule[] = [
  { test: /\binstagram\b/i, name: 'Instagram' },
  { test: /\bbarcelona \d/i, name: 'Threads' },
  { test: /\bFBAN\/Messenger|\bFB_IAB\/(?:MESSENGER|Orca)/, name: 'Messenger' },
  { test: /\bFBA[NV]\/|\bFB_IAB\//, name: 'Facebook' },
  { test: /\bmusical_ly|\btrill_|\bBytedanceWebview/i, name: 'TikTok' },
  { test: /\bsnapchat\//i, name: 'Snapchat' },
  { test: /\blinkedinapp\b/i, name: 'LinkedIn' },
  { test: /\bpinterest\//i, name: 'Pinterest' },
  { test: /\btwitter(?:android| for i)/i, name: 'X' },
  { test: /\bline\/\d/i, name: 'LINE' },
  { test: /\bwhatsapp\//i, name: 'WhatsApp' },
  { test: /\bmicromessenger\//i, name: 'WeChat' },
  { test: /\bGSA\/\d/, name: 'Google app' },
  { test: /\bslack(?:_ssb)?\//i, name: 'Slack' },
  { test: /\bdiscord\//i, name: 'Discord' },
  { test: /\bteams(?:mobile)?(?:-\w+)?\//i, name: 'Microsoft Teams' },
]

/** Hardware, before bowser is asked: it takes most of these for a desktop or a tablet. Anchored, so that `.*` stays linear. */
export const PLACES: readonly PlaceRule[] = [
  { test: /\bxbox\b/i, name: 'Xbox', os: 'Xbox', kind: 'tv' },
  { test: /\bplaystation vita/i, name: 'PlayStation Vita', os: 'PlayStation', kind: 'mobile', fixed: true },
  { test: /\bplaystation 5/i, name: 'PlayStation 5', os: 'PlayStation', kind: 'tv', fixed: true },
  { test: /\bplaystation 4/i, name: 'PlayStation 4', os: 'PlayStation', kind: 'tv', fixed: true },
  { test: /\bplaystation\b/i, name: 'PlayStation', os: 'PlayStation', kind: 'tv', fixed: true },
  { test: /\bnintendo switch/i, name: 'Nintendo Switch', os: 'Nintendo Switch', kind: 'tv', fixed: true },
  { test: /\bapple ?tv/i, name: 'Apple TV', os: 'tvOS', kind: 'tv', fixed: true },
  { test: /^(?=.*\btizen\b).*\b(?:smart-)?tv\b/i, name: 'Samsung TV', os: 'Tizen', kind: 'tv', fixed: true },
  { test: /\bweb0s\b|\bnetcast\b/i, name: 'LG TV', os: 'webOS', kind: 'tv', fixed: true },
  { test: /\broku\b/i, name: 'Roku', os: 'Roku', kind: 'tv', fixed: true },
  { test: /\bcrkey\//i, name: 'Chromecast', os: null, kind: 'tv', fixed: true },
  { test: /; AFT[A-Z0-9]{1,8}\b/, name: 'Fire TV', os: 'Android', kind: 'tv' },
  {
    test: /^(?=.*\bandroid\b).*\b(?:bravia|android ?tv|google ?tv|smart-?tv|shield android)/i,
    name: 'Android TV',
    os: 'Android',
    kind: 'tv',
  },
  { test: /\bipad\b|^(?=.*\bmacintosh\b).*\bfxios\//i, name: 'iPad', os: 'iPadOS', kind: 'tablet' },
  { test: /\bipod\b/i, name: 'iPod', os: 'iOS', kind: 'mobile' },
  { test: /\biphone\b(?! os)/i, name: 'iPhone', os: 'iOS', kind: 'mobile' },
  { test: /\bcros\b/i, name: 'ChromeOS', os: 'ChromeOS', kind: 'desktop' },
  { test: /\b(?:open)?harmony(?:os)?\b/i, name: 'HarmonyOS', os: 'HarmonyOS', kind: 'mobile' },
  { test: /\bkaios\b/i, name: 'KaiOS', os: 'KaiOS', kind: 'mobile' },
  { test: /\bfreebsd\b/i, name: 'FreeBSD', os: 'FreeBSD', kind: 'desktop' },
  { test: /\bopenbsd\b/i, name: 'OpenBSD', os: 'OpenBSD', kind: 'desktop' },
  // Android's own HTTP client does not say whether it runs on a phone or a tablet; bowser takes that for a tablet.
  { test: /^dalvik\//i, name: 'Android', os: 'Android', kind: 'mobile' },
  // Apple's own does not say more than that either: Darwin is iOS, iPadOS and macOS.
  { test: /\bcfnetwork\//i, name: 'an Apple device', os: null, kind: 'unknown' },
]
