const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function page(body) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Example</title>${body}</html>`
}

export function escapeHtml(text) {
  return String(text).replace(/[&<>"]/g, (character) => ENTITIES[character])
}
