import { createRequire, register } from 'node:module'

// Imports a file of src, compiled on the way, and prints every module that is loaded then, one URL or path a line.
const [entry] = process.argv.slice(2)
const { port1, port2 } = new MessageChannel()
const urls = []
port1.on('message', (url) => urls.push(url))
register('./loaded-hooks.mjs', import.meta.url, { data: port2, transferList: [port2] })
await import(entry)
// What the hooks have said is here after what they answer now.
await import('data:text/javascript,')
await new Promise((resolve) => setImmediate(resolve))
port1.close()
console.log([...urls, ...Object.keys(createRequire(import.meta.url).cache)].join('\n'))
