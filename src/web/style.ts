import { createHash } from 'node:crypto'

/** The one stylesheet of our pages, inline and allowed by its hash: no other style and no script runs on them. */
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--line:#dfe3e8;--text:#1b1f24;--quiet:#57606a;--accent:#0b57d0;
--good:#116329;--good-soft:#dafbe1;--bad:#b3261e;--bad-soft:#fdecea;--soft:#eef1f4;--shadow:0 1px 2px rgb(31 35 40/.06),0 4px 16px rgb(31 35 40/.05)}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--card:#171c23;--line:#2d343d;--text:#e8ebef;--quiet:#9aa4af;--accent:#8ab4f8;
--good:#56d364;--good-soft:#12331d;--bad:#ff9d94;--bad-soft:#3b1613;--soft:#232a33;--shadow:none}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:70rem;margin-inline:auto;padding:clamp(1.25rem,4vw,3rem) clamp(1rem,4vw,2rem)}
h1{font-size:clamp(1.5rem,1.2rem + 1.4vw,2rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 .375rem}
p{margin:0}
.intro{color:var(--quiet);max-width:70ch;margin-bottom:1.5rem;text-wrap:pretty}
.status{padding:.75rem 1rem;margin-bottom:1.25rem;border-radius:.625rem;background:var(--good-soft);color:var(--good);
border:1px solid color-mix(in srgb,currentColor 30%,transparent)}
.status.error{background:var(--bad-soft);color:var(--bad)}
.status p:first-child{font-weight:600}
.status:empty{display:none}
.card{background:var(--card);border:1px solid var(--line);border-radius:.875rem;box-shadow:var(--shadow);overflow:hidden}
.empty{padding:2.5rem 1rem;text-align:center;color:var(--quiet)}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
th,td{text-align:start;padding:.875rem 1rem;vertical-align:baseline}
thead th{font-size:.8125rem;font-weight:600;color:var(--quiet);background:var(--soft);padding-block:.625rem;white-space:nowrap}
tbody tr+tr>*{border-top:1px solid var(--line)}
th:first-child,td:first-child{padding-inline-start:1.25rem}
th:last-child,td:last-child{padding-inline-end:1.25rem;text-align:end}
tbody th{font-weight:400}
.what{display:flex;align-items:start;gap:.875rem;min-width:26rem}
.what>div{flex:1;align-self:baseline;min-width:0}
.icon{flex:none;display:grid;place-items:center;width:2.5rem;height:2.5rem;border-radius:50%;background:var(--soft);color:var(--quiet)}
.icon svg{width:1.375rem;height:1.375rem}
tr.current .icon{background:color-mix(in srgb,var(--accent) 14%,transparent);color:var(--accent)}
.who{display:flex;flex-wrap:wrap;align-items:center;gap:.125rem .5rem}
.name{font-weight:600;overflow-wrap:anywhere}
.more{display:block;font-size:.8125rem;color:var(--quiet);overflow-wrap:anywhere}
.badge{padding:.0625rem .5rem;border-radius:1rem;font-size:.75rem;font-weight:600;line-height:1.5;white-space:nowrap;
color:var(--good);background:var(--good-soft)}
.ip{display:block;min-width:15ch;max-width:12.5rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
time,.online{white-space:nowrap}
.online{color:var(--good);font-weight:500}
.online::before{content:"";display:inline-block;width:.5rem;height:.5rem;margin-inline-end:.4375rem;border-radius:50%;background:currentColor}
.label{display:none}
summary{list-style:none;border-radius:.25rem;cursor:pointer}
summary::-webkit-details-marker{display:none}
summary::after{content:"";flex:none;display:inline-block;width:.4375rem;height:.4375rem;margin-inline:.5rem .125rem;
border:solid;border-width:0 .125rem .125rem 0;vertical-align:.1875rem;transform:rotate(45deg);opacity:.7}
details[open]>summary::after{transform:translateY(.1875rem) rotate(225deg)}
.facts summary{width:fit-content;padding-block:.1875rem;font-size:.8125rem;color:var(--quiet)}
summary:hover,summary:hover>*{color:var(--text)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem .875rem;width:0;min-width:100%;margin:.5rem 0 0;font-size:.8125rem;line-height:1.4}
dt{color:var(--quiet)}
dd{margin:0;min-width:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
button,input{font:inherit}
button{min-height:2.25rem;padding:.25rem .875rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);color:var(--text);
font-size:.875rem;font-weight:600;white-space:nowrap;cursor:pointer}
button:hover{background:var(--soft)}
button.danger{color:var(--bad);border-color:color-mix(in srgb,var(--bad) 40%,var(--line))}
button.danger:hover{background:var(--bad-soft)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.all{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.75rem 1.5rem;margin-top:1.25rem;color:var(--quiet);font-size:.9375rem}
.all form{margin-inline-start:auto}
.ended{margin-top:clamp(2.5rem,6vw,3.5rem)}
h2{font-size:1.125rem;line-height:1.3;letter-spacing:-.01em;margin:0 0 .25rem}
.ended .intro{margin-bottom:1rem;font-size:.9375rem}
.past{list-style:none;margin:0;padding:0;border-block-start:1px solid var(--line);font-size:.9375rem}
.past li{border-block-end:1px solid var(--line)}
.past summary{display:grid;grid-template-columns:2rem minmax(0,1fr) minmax(0,1fr) auto 1rem;align-items:center;gap:.125rem .875rem;padding:.625rem .25rem}
.past summary::after{margin:0;justify-self:center}
.past .icon{width:2rem;height:2rem}
.past .icon svg{width:1.125rem;height:1.125rem}
.past .name{font-weight:500}
.end{display:contents}
.why,.past time{color:var(--quiet);overflow-wrap:anywhere}
.past time{min-width:7.5rem;text-align:end}
.past dl{margin:.125rem 0 .875rem;padding-inline:3.125rem .25rem}
.rest>summary{width:fit-content;padding:.75rem .25rem;color:var(--accent);font-size:.9375rem;font-weight:600}
.rest>.past{border-block-start:0}
.quiet{margin-top:2rem;color:var(--quiet);font-size:.9375rem}
.search{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem;margin-bottom:1.25rem}
.search input{flex:1 1 14rem;max-width:26rem;min-height:2.75rem;padding:.25rem .875rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);color:var(--text)}
.search button{min-height:2.75rem}
.search label{flex-basis:100%;font-size:.875rem;font-weight:600}
.agent{max-width:22rem;font-size:.8125rem;color:var(--quiet);overflow-wrap:anywhere}
.pages{margin-top:1.25rem;text-align:end}
.pages a{display:inline-block;padding:.625rem .25rem;font-weight:600}
a{color:var(--accent)}
.heard{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:62rem){th,td{padding-inline:.625rem}.what .icon{display:none}.what{min-width:11rem}.ip{min-width:8rem;max-width:8rem}.facts dl{display:block}.facts dd+dt{margin-top:.375rem}}
@media (max-width:46rem){
.what .icon{display:grid}
.what{min-width:0}
.ip{min-width:0;max-width:none}
.past summary{grid-template:auto auto/2rem minmax(0,1fr) 1rem}
.past .icon,.past summary::after{grid-row:1/3}
.past summary::after{grid-column:3}
.past .name{grid-area:1/2}
.end{grid-area:2/2;display:flex;flex-wrap:wrap;gap:0 .75rem;font-size:.875rem}
.past time{min-width:0;text-align:start}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.card{background:none;border:0;box-shadow:none;overflow:visible}
.card>.empty{background:var(--card);border:1px solid var(--line);border-radius:.875rem}
table,tbody,tr,th,td{display:block}
tbody tr{background:var(--card);border:1px solid var(--line);border-radius:.875rem;box-shadow:var(--shadow);padding:1rem}
tbody tr+tr{margin-top:.75rem}
tbody tr+tr>*{border-top:0}
th,td,th:first-child,td:first-child,th:last-child,td:last-child{padding:0}
td{display:flex;justify-content:space-between;gap:1rem;margin-top:.5rem;text-align:end}
.what{padding-bottom:.5rem}
.label{display:block;flex:none;color:var(--quiet);text-align:start}
.agent{max-width:none}
td:last-child{margin-top:1rem}
td form,td button,.all form,.all button{width:100%}
button{min-height:2.75rem}
.all{display:block}
.all p{margin-bottom:.75rem}
}
@media (pointer:coarse){button{min-height:2.75rem}.facts summary{padding:.6875rem .75rem .6875rem 0;margin-block:-.25rem}}
@media (forced-colors:active){.badge,.icon{border:1px solid}}
@media print{button,.search{display:none}}
`

/** For `style-src` (CSP Level 3, section 2.3.1). */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
