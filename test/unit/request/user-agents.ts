import type { Device } from '../../../src/session.js'

interface Sample extends Device {
  readonly userAgent: string
}

const KHTML = '(KHTML, like Gecko)'

function desktop(browser: string | null, os: string, userAgent: string): Sample {
  return { userAgent, label: `${browser ?? 'App'} on ${os}`, browser, os, kind: 'desktop' }
}

function android(browser: string | null, kind: 'mobile' | 'tablet', userAgent: string): Sample {
  return { userAgent, label: `${browser ?? 'App'} on Android`, browser, os: 'Android', kind }
}

function apple(browser: string | null, name: 'iPhone' | 'iPad', userAgent: string): Sample {
  const [os, kind] = name === 'iPhone' ? (['iOS', 'mobile'] as const) : (['iPadOS', 'tablet'] as const)
  return { userAgent, label: `${browser ?? 'App'} on ${name}`, browser, os, kind }
}

function tv(label: string, browser: string | null, os: string | null, userAgent: string): Sample {
  return { userAgent, label, browser, os, kind: 'tv' }
}

function program(label: string, userAgent: string): Sample {
  return { userAgent, label, browser: null, os: null, kind: 'program' }
}

function bot(label: string, userAgent: string): Sample {
  return { userAgent, label, browser: null, os: null, kind: 'bot' }
}

const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${KHTML}`
const IPAD = `Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 ${KHTML}`
const MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)`
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 ${KHTML}`
const PHONE = `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 ${KHTML}`

/** User agents of 2024 to 2026 as clients send them; the answers were written before the parser was run. */
export const USER_AGENTS: readonly Sample[] = [
  desktop('Chrome', 'Windows', `${WINDOWS} Chrome/138.0.0.0 Safari/537.36`),
  desktop('Edge', 'Windows', `${WINDOWS} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`),
  desktop('Opera', 'Windows', `${WINDOWS} Chrome/134.0.0.0 Safari/537.36 OPR/119.0.0.0`),
  desktop('Vivaldi', 'Windows', `${WINDOWS} Chrome/136.0.0.0 Safari/537.36 Vivaldi/7.4.3684.43`),
  desktop('Yandex Browser', 'Windows', `${WINDOWS} Chrome/136.0.0.0 YaBrowser/25.6.0.0 Safari/537.36`),
  desktop('Firefox', 'Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0'),
  desktop('Internet Explorer', 'Windows', 'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko'),
  desktop('Chrome', 'macOS', `${MAC} AppleWebKit/537.36 ${KHTML} Chrome/138.0.0.0 Safari/537.36`),
  desktop('Safari', 'macOS', `${MAC} AppleWebKit/605.1.15 ${KHTML} Version/18.5 Safari/605.1.15`),
  desktop('DuckDuckGo', 'macOS', `${MAC} AppleWebKit/605.1.15 ${KHTML} Version/18.5 Safari/605.1.15 Ddg/18.5`),
  desktop('Firefox', 'macOS', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:141.0) Gecko/20100101 Firefox/141.0'),
  desktop(null, 'macOS', `${MAC} AppleWebKit/605.1.15 ${KHTML}`),
  desktop('Firefox', 'Linux', 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'),
  desktop(
    'Chrome',
    'Linux',
    `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ${KHTML} Chrome/137.0.0.0 Safari/537.36`,
  ),
  desktop(
    'Chrome',
    'ChromeOS',
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 ${KHTML} Chrome/138.0.0.0 Safari/537.36`,
  ),
  desktop('Firefox', 'FreeBSD', 'Mozilla/5.0 (X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0'),
  desktop(
    'Slack',
    'macOS',
    `${MAC} AppleWebKit/537.36 ${KHTML} Slack/4.43.51 Chrome/134.0.6998.205 Electron/35.1.5 Safari/537.36 Sonic Slack_SSB/4.43.51`,
  ),
  desktop('Discord', 'Windows', `${WINDOWS} discord/1.0.9195 Chrome/134.0.6998.205 Electron/35.3.0 Safari/537.36`),
  desktop(null, 'Windows', `${WINDOWS} Notes/2.3.1 Chrome/130.0.6723.191 Electron/33.4.0 Safari/537.36`),

  apple('Safari', 'iPhone', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`),
  apple('Chrome', 'iPhone', `${IPHONE} CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1`),
  apple('Firefox', 'iPhone', `${IPHONE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`),
  apple('Edge', 'iPhone', `${IPHONE} Version/18.0 EdgiOS/137.0.3296.83 Mobile/15E148 Safari/604.1`),
  apple('Opera', 'iPhone', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.6.1`),
  apple('Google app', 'iPhone', `${IPHONE} GSA/375.0.773 Mobile/15E148 Safari/604.1`),
  apple(
    'Instagram',
    'iPhone',
    `${IPHONE} Mobile/22F76 Instagram 388.0.0.22.85 (iPhone15,3; iOS 18_5; en_US; en; scale=3.00; 1290x2796; 752398284)`,
  ),
  apple(
    'Facebook',
    'iPhone',
    `${IPHONE} Mobile/22F76 [FBAN/FBIOS;FBAV/518.0.0.52.100;FBBV/755110213;FBDV/iPhone16,1;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]`,
  ),
  apple(
    'Messenger',
    'iPhone',
    `${IPHONE} Mobile/22F76 [FBAN/MessengerForiOS;FBAV/512.0.0.40.106;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/18.5]`,
  ),
  apple(
    'TikTok',
    'iPhone',
    `${IPHONE} Mobile/15E148 musical_ly_40.2.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en Region/US BytedanceWebview/d8a21c6`,
  ),
  apple('LinkedIn', 'iPhone', `${IPHONE} Mobile/22F76 [LinkedInApp]/9.31.1413`),
  apple('WeChat', 'iPhone', `${IPHONE} Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/en`),
  apple(
    'Snapchat',
    'iPhone',
    `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1 Snapchat/13.46.0.47 (like Safari/8620.2.4.10.7, panda)`,
  ),
  apple(null, 'iPhone', `${IPHONE} Mobile/15E148`),
  apple(null, 'iPhone', 'Acme/5.2.1 (iPhone; iOS 17.5.1; Scale/3.00)'),
  apple('Safari', 'iPad', `${IPAD} Version/17.6 Mobile/15E148 Safari/604.1`),
  apple('Chrome', 'iPad', `${IPAD} CriOS/126.0.6478.153 Mobile/15E148 Safari/604.1`),
  apple(
    'Firefox',
    'iPad',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) AppleWebKit/605.1.15 ${KHTML} FxiOS/129.0 Safari/605.1.15`,
  ),

  android('Chrome', 'mobile', `${PHONE} Chrome/138.0.0.0 Mobile Safari/537.36`),
  android('Chrome', 'tablet', `${PHONE} Chrome/138.0.0.0 Safari/537.36`),
  android(
    'Chrome',
    'mobile',
    `Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 ${KHTML} Chrome/99.0.4844.88 Mobile Safari/537.36`,
  ),
  android('Samsung Internet', 'mobile', `${PHONE} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`),
  android('Edge', 'mobile', `${PHONE} Chrome/137.0.0.0 Mobile Safari/537.36 EdgA/137.0.0.0`),
  android('Opera', 'mobile', `${PHONE} Chrome/135.0.0.0 Mobile Safari/537.36 OPR/90.0.0.0`),
  android('Firefox', 'mobile', 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'),
  android('Firefox', 'tablet', 'Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0'),
  android(
    'Mi Browser',
    'mobile',
    `Mozilla/5.0 (Linux; U; Android 14; en-us; 2311DRK48G Build/UP1A.230905.011) AppleWebKit/537.36 ${KHTML} Version/4.0 Chrome/119.0.6045.193 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.25.0-gn`,
  ),
  android(
    'Silk',
    'tablet',
    `Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 ${KHTML} Silk/128.5.1 like Chrome/128.0.6613.187 Safari/537.36`,
  ),
  android(
    'Instagram',
    'mobile',
    `Mozilla/5.0 (Linux; Android 14; SM-S928B Build/UP1A.231005.007; wv) AppleWebKit/537.36 ${KHTML} Version/4.0 Chrome/137.0.7151.115 Mobile Safari/537.36 Instagram 385.0.0.47.74 Android (34/14; 450dpi; 1080x2120; samsung; SM-S928B; e3q; qcom; en_GB; 745317911)`,
  ),
  android(
    'Facebook',
    'mobile',
    `Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/BP1A.250505.005; wv) AppleWebKit/537.36 ${KHTML} Version/4.0 Chrome/137.0.7151.89 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/517.0.0.45.109;]`,
  ),
  android(
    'TikTok',
    'mobile',
    `Mozilla/5.0 (Linux; Android 13; SM-A536B Build/TP1A.220624.014; wv) AppleWebKit/537.36 ${KHTML} Version/4.0 Chrome/136.0.7103.125 Mobile Safari/537.36 trill_390204 JsSdk/1.0 NetType/WIFI AppName/trill app_version/39.2.4 ByteLocale/en BytedanceWebview/d8a21c6`,
  ),
  android(
    null,
    'mobile',
    `Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240905.003; wv) AppleWebKit/537.36 ${KHTML} Version/4.0 Chrome/128.0.6613.127 Mobile Safari/537.36`,
  ),
  android(null, 'mobile', 'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)'),
  {
    userAgent: `Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 ${KHTML} Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile`,
    label: 'Chrome on HarmonyOS',
    browser: 'Chrome',
    os: 'HarmonyOS',
    kind: 'mobile',
  },
  {
    userAgent: 'Acme/412 CFNetwork/1568.300.101 Darwin/24.2.0',
    label: 'App on an Apple device',
    browser: null,
    os: null,
    kind: 'unknown',
  },

  tv(
    'PlayStation 5',
    null,
    'PlayStation',
    `Mozilla/5.0 (PlayStation; PlayStation 5/11.00) AppleWebKit/605.1.15 ${KHTML} Version/17.0 Safari/605.1.15`,
  ),
  tv(
    'PlayStation 4',
    null,
    'PlayStation',
    `Mozilla/5.0 (PlayStation; PlayStation 4/12.00) AppleWebKit/605.1.15 ${KHTML} Version/15.4 Safari/605.1.15`,
  ),
  tv(
    'Edge on Xbox',
    'Edge',
    'Xbox',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 ${KHTML} Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0`,
  ),
  tv(
    'Nintendo Switch',
    null,
    'Nintendo Switch',
    `Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/613.0 ${KHTML} NF/6.0.3.15.4 NintendoBrowser/5.1.0.32061`,
  ),
  tv(
    'Samsung TV',
    null,
    'Tizen',
    `Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/537.36 ${KHTML} SamsungBrowser/7.0 Chrome/108.0.5359.1 TV Safari/537.36`,
  ),
  tv(
    'LG TV',
    null,
    'webOS',
    `Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 ${KHTML} Chrome/108.0.5359.211 Safari/537.36 WebAppManager`,
  ),
  tv(
    'Chrome on Android TV',
    'Chrome',
    'Android',
    `Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH22 Build/STT2.230203.001) AppleWebKit/537.36 ${KHTML} Chrome/120.0.6099.144 Safari/537.36`,
  ),
  tv(
    'Silk on Fire TV',
    'Silk',
    'Android',
    `Mozilla/5.0 (Linux; Android 9; AFTKA Build/PS7649) AppleWebKit/537.36 ${KHTML} Silk/124.3.2 like Chrome/124.0.6367.179 Safari/537.36`,
  ),
  tv(
    'Chromecast',
    null,
    null,
    `Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 ${KHTML} Chrome/114.0.5735.205 Safari/537.36 CrKey/1.56.500000`,
  ),

  program('curl', 'curl/8.5.0'),
  program('Wget', 'Wget/1.21.4'),
  program('Python Requests', 'python-requests/2.32.3'),
  program('HTTPX', 'python-httpx/0.27.2'),
  program('aiohttp', 'Python/3.12 aiohttp/3.10.5'),
  program('Python', 'Python-urllib/3.11'),
  program('OkHttp', 'okhttp/4.12.0'),
  program('Axios', 'axios/1.7.9'),
  program('Node.js', 'node'),
  program('Node.js', 'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)'),
  program('Go', 'Go-http-client/2.0'),
  program('Java', 'Java/17.0.12'),
  program('Java', 'Java-http-client/21.0.4'),
  program('Postman', 'PostmanRuntime/7.43.0'),
  program('Dart', 'Dart/3.5 (dart:io)'),
  program('PowerShell', 'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4522'),
  program(
    'Headless Chrome',
    `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ${KHTML} HeadlessChrome/138.0.0.0 Safari/537.36`,
  ),

  bot(
    'Googlebot',
    `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 ${KHTML} Chrome/137.0.7151.68 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
  ),
  bot(
    'Bingbot',
    `Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36`,
  ),
  bot(
    'OpenAI bot',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
  ),
  bot('Facebook bot', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'),
  bot('Slackbot', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'),
  bot('Bot', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)'),
]
