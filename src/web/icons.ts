import type { Device } from '../session.js'
import { type Html, html, raw } from './html.js'

const DESKTOP = '<rect x="3" y="4.5" width="18" height="12" rx="1.5"/><path d="M8.5 20h7M12 16.5V20"/>'
const WINDOW = '<rect x="3" y="4.5" width="18" height="15" rx="2"/><path d="m7 10 2.5 2.25L7 14.5M12 15h5"/>'

const PATHS: Readonly<Record<Device['kind'], string>> = {
  desktop: DESKTOP,
  mobile: '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>',
  tablet: '<rect x="4.5" y="3" width="15" height="18" rx="2"/><path d="M11 18h2"/>',
  tv: '<rect x="2.5" y="6.5" width="19" height="12" rx="1.5"/><path d="m8.5 2.5 3.5 4 3.5-4M7 21.5h10"/>',
  bot: WINDOW,
  program: WINDOW,
  unknown:
    '<circle cx="12" cy="12" r="8.5"/><path d="M9.75 9.5a2.3 2.3 0 1 1 3.3 2.1c-.7.35-1.05.8-1.05 1.65M12 16.25v.01"/>',
}

/** A picture of a kind of device, hidden from those who hear the page: the label says it. */
export function icon(kind: Device['kind']): Html {
  return html`<span class="icon" aria-hidden="true"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">${raw(PATHS[kind] ?? PATHS.unknown)}</svg></span>`
}
