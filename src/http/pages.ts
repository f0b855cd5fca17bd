/** The pages served without any other site: start page and API documentation. Files come from a fixed list, never from a path. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type PageFile = { readonly contentType: string; readonly body: string | Uint8Array; readonly policy: string; readonly cache: string }

const HTML = 'text/html; charset=utf-8'
const PLAIN_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
// Swagger UI sets styles on elements and draws with data: images; scripts come from files of this service only.
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const START = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LOMS</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>LOMS</h1>
<p>The order management service is running.</p>
<ul>
<li><a href="/health">/health</a>: its state</li>
<li><a href="/positions">/positions</a>, <a href="/orders">/orders</a>, <a href="/stats">/stats</a>: what it holds and what came of it</li>
<li><a href="/docs">/docs</a>: every address, with a form to try it</li>
</ul>
</html>
`

const DOCS = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LOMS API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`
const DOCS_START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })\n`

const files = new Map<string, () => PageFile>([
  ['/', () => ({ contentType: HTML, body: START, policy: PLAIN_POLICY, cache: 'no-store' })],
  ['/docs', () => ({ contentType: HTML, body: DOCS, policy: DOCS_POLICY, cache: 'no-store' })],
  ['/docs/start.js', () => ({ contentType: 'text/javascript; charset=utf-8', body: DOCS_START, policy: DOCS_POLICY, cache: 'no-store' })],
  ['/docs/swagger-ui.css', () => packaged('swagger-ui.css', 'text/css; charset=utf-8')],
  ['/docs/swagger-ui-bundle.js', () => packaged('swagger-ui-bundle.js', 'text/javascript; charset=utf-8')],
])
const loaded = new Map<string, PageFile>()

/** The file at an address; read once, when it is first asked for. */
export function pageFile(path: string): PageFile | undefined {
  const name = path.length > 1 ? path.replace(/\/$/, '') : path
  const known = loaded.get(name) ?? files.get(name)?.()
  if (known) loaded.set(name, known)
  return known
}

function packaged(name: string, contentType: string): PageFile {
  const directory = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return { contentType, body: readFileSync(join(directory, name)), policy: DOCS_POLICY, cache: 'max-age=3600' }
}
