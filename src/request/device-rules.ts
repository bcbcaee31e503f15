import type { Device } from '../session.js'

/** What is known of a user agent by one look: the first rule that matches wins. */
export interface DeviceRule {
  readonly test: RegExp
  readonly name: string
  /** Finds the major version as its first group, where it does not stand right behind what `test` matched. */
  readonly version?: RegExp
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
  { test: /^(?:node-fetch|node-superagent|node|undici|got)\b/i, name: 'Node.js' },
  { test: /^bun\//i, name: 'Bun' },
  { test: /^deno\//i, name: 'Deno' },
  { test: /^go-http-client\//i, name: 'Go' },
  { test: /^(?:java(?:-http-client)?\/|apache-httpclient)/i, name: 'Java' },
  { test: /^postmanruntime\//i, name: 'Postman' },
  { test: /^insomnia\//i, name: 'Insomnia' },
  { test: /^dart\//i, name: 'Dart' },
  { test: /^(?:ruby|faraday)\b/i, name: 'Ruby' },
  { test: /^guzzlehttp\//i, name: 'PHP' },
  { test: /^libwww-perl\//i, name: 'Perl' },
  { test: /^restsharp\//i, name: 'RestSharp' },
  { test: /^(?:boto3|botocore|aws-sdk-[a-z0-9-]{1,30})\//i, name: 'AWS SDK' },
  { test: /^git\//i, name: 'Git' },
  { test: /^npm\//i, name: 'npm' },
  { test: /^scrapy\//i, name: 'Scrapy' },
  { test: /^k6\//i, name: 'k6' },
  { test: /^playwright\//i, name: 'Playwright' },
  { test: /powershell\//i, name: 'PowerShell' },
  { test: /headlesschrome\//i, name: 'Headless Chrome' },
]

/** `CUBOT` is a maker of phones. */
export const BOTS: readonly DeviceRule[] = [
  { test: /googlebot/i, name: 'Googlebot' },
  {
    test: /\bgoogle(?:other|-inspectiontool|-site-verification|-read-aloud)|\b(?:apis|adsbot|mediapartners|storebot|feedfetcher)-google/i,
    name: 'Google bot',
  },
  { test: /bingbot/i, name: 'Bingbot' },
  { test: /applebot/i, name: 'Applebot' },
  { test: /yandex[a-z]{0,20}bot/i, name: 'YandexBot' },
  { test: /duckduckbot/i, name: 'DuckDuckBot' },
  { test: /baiduspider/i, name: 'Baiduspider' },
  { test: /gptbot|chatgpt-user|oai-(?:search|ads)bot/i, name: 'OpenAI bot' },
  { test: /claudebot|claude-(?:user|web|searchbot)/i, name: 'ClaudeBot' },
  { test: /perplexity(?:bot|-user)/i, name: 'PerplexityBot' },
  { test: /facebookexternalhit|facebookcatalog|meta-(?:external[a-z]{0,20}|webindexer)/i, name: 'Facebook bot' },
  { test: /slackbot|slack-imgproxy/i, name: 'Slackbot', version: /^slack[a-z-]{0,30} (\d{1,5})/i },
  { test: /amazonbot/i, name: 'Amazonbot' },
  { test: /bytespider/i, name: 'Bytespider' },
  { test: /\bmastodon\//i, name: 'Mastodon' },
  // What looks at a link before it is opened; the app itself opens pages in the system's browser.
  { test: /^whatsapp\//i, name: 'WhatsApp' },
  { test: /(?<!cu)bot\b|crawler|spider\b|slurp\b|pingdom|uptimerobot|^ia_archiver/i, name: 'Bot' },
]

/** Apps with a web view of their own, desktop apps made of a browser, and browsers that bowser does not know. */
export const APPS: readonly DeviceRule[] = [
  { test: /\binstagram\b/i, name: 'Instagram' },
  { test: /\bbarcelona (?=\d)/i, name: 'Threads' },
  { test: /\bFBAN\/Messenger|\bFB_IAB\/(?:MESSENGER|Orca)/, name: 'Messenger', version: /\bFBAV\/(\d{1,5})/ },
  { test: /\bFBA[NV]\/|\bFB_IAB\//, name: 'Facebook', version: /\bFBAV\/(\d{1,5})/ },
  {
    test: /\bmusical_ly|\btrill_|\bBytedanceWebview/i,
    name: 'TikTok',
    version: /\b(?:musical_ly_|app_version\/)(\d{1,5})/,
  },
  { test: /\bsnapchat\//i, name: 'Snapchat' },
  { test: /\blinkedinapp\b/i, name: 'LinkedIn' },
  { test: /\bpinterest\//i, name: 'Pinterest' },
  { test: /\btwitter(?:android| for i)/i, name: 'X', version: /\btwitter(?:android| for i[a-z]{2,8})\/(\d{1,5})/i },
  { test: /\bline\/(?=\d)/i, name: 'LINE' },
  { test: /\bwhatsapp\//i, name: 'WhatsApp' },
  { test: /\btelegram-android\//i, name: 'Telegram' },
  { test: /\bmicromessenger\//i, name: 'WeChat' },
  { test: /\b(?:ddg|duckduckgo)\//i, name: 'DuckDuckGo' },
  { test: /\bhuaweibrowser\//i, name: 'Huawei Browser' },
  { test: /\bGSA\/(?=\d)/, name: 'Google app' },
  { test: /\bslack(?:_ssb)?\//i, name: 'Slack' },
  { test: /\bvalve steam client\b/i, name: 'Steam' },
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
  { test: /\boculusbrowser\/|; quest (?:2|3s?|pro)\b/i, name: 'Meta Quest', os: null, kind: 'unknown', fixed: true },
  { test: /\btesla\/|\bqtcarbrowser\b/i, name: 'Tesla', os: null, kind: 'unknown', fixed: true },
  { test: /\bkobo (?:touch|ereader)\b/i, name: 'Kobo', os: null, kind: 'tablet', fixed: true },
  { test: /\bkindle\b(?! fire)/i, name: 'Kindle', os: null, kind: 'tablet', fixed: true },
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
  { test: /; ios \d/i, name: 'iOS', os: 'iOS', kind: 'mobile' },
  { test: /\bcros\b/i, name: 'ChromeOS', os: 'ChromeOS', kind: 'desktop' },
  { test: /\(pc; openharmony/i, name: 'HarmonyOS', os: 'HarmonyOS', kind: 'desktop' },
  { test: /^(?=.*\bharmonyos\b)(?!.*\bmobile\b)/i, name: 'HarmonyOS', os: 'HarmonyOS', kind: 'tablet' },
  { test: /\(tablet; openharmony/i, name: 'HarmonyOS', os: 'HarmonyOS', kind: 'tablet' },
  { test: /\b(?:open)?harmony(?:os)?\b/i, name: 'HarmonyOS', os: 'HarmonyOS', kind: 'mobile' },
  { test: /\bkaios\b/i, name: 'KaiOS', os: 'KaiOS', kind: 'mobile' },
  { test: /\bfreebsd\b/i, name: 'FreeBSD', os: 'FreeBSD', kind: 'desktop' },
  { test: /\bopenbsd\b/i, name: 'OpenBSD', os: 'OpenBSD', kind: 'desktop' },
  // Android's own HTTP client does not say whether it runs on a phone or a tablet; bowser takes that for a tablet.
  { test: /^dalvik\//i, name: 'Android', os: 'Android', kind: 'mobile' },
  // Apple's own does not say more than that either: Darwin is iOS, iPadOS and macOS.
  { test: /\bcfnetwork\//i, name: 'an Apple device', os: null, kind: 'unknown' },
]
