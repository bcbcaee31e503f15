const KHTML = '(KHTML, like Gecko)'
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'

/** What real browsers of 2025 call themselves, by a name for tests. */
export const DEVICES = {
  'chrome-windows': `${WINDOWS}) AppleWebKit/537.36 ${KHTML} Chrome/138.0.0.0 Safari/537.36`,
  'edge-windows': `${WINDOWS}) AppleWebKit/537.36 ${KHTML} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`,
  'firefox-windows': `${WINDOWS}; rv:141.0) Gecko/20100101 Firefox/141.0`,
  'chrome-mac': `${MAC} AppleWebKit/537.36 ${KHTML} Chrome/138.0.0.0 Safari/537.36`,
  'safari-mac': `${MAC} AppleWebKit/605.1.15 ${KHTML} Version/18.5 Safari/605.1.15`,
  'firefox-linux': 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'safari-iphone': `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${KHTML} Version/18.5 Mobile/15E148 Safari/604.1`,
  'safari-ipad': `Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 ${KHTML} Version/17.6 Mobile/15E148 Safari/604.1`,
  'chrome-android': `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 ${KHTML} Chrome/138.0.0.0 Mobile Safari/537.36`,
} as const satisfies Readonly<Record<string, string>>

/** A name in {@link DEVICES}. */
export type DeviceName = keyof typeof DEVICES

/** @throws TypeError when there is no such device */
export function userAgentOf(device: DeviceName): string {
  if (!Object.hasOwn(DEVICES, device)) {
    throw new TypeError(`There is no device '${String(device)}'. Known are: ${Object.keys(DEVICES).join(', ')}.`)
  }
  return DEVICES[device]
}
