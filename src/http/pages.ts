/** The pages served without any other site: start page and API documentation. Files come from a fixed list, never from a path. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

// The built page: own scripts and styles, nothing inline; pictures only its own or drawn by itself.
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where `npm run build` puts the page: from the source, and from its compiled form. */
const builtPage = ['../../dist/page', '../../page'].map((path) => fileURLToPath(new URL(path, import.meta.url))).find((folder) => existsSync(join(folder, 'index.html')))

/** Shown where the page is not built. */
const START = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LOMS</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>LOMS</h1>
<p>The order management service is running. Its page is not built; <code>npm run build</code> builds it.</p>
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
  ['/', () => startPage()],
  ['/docs', () => ({ contentType: HTML, body: DOCS, policy: DOCS_POLICY, cache: 'no-store' })],
  ['/docs/start.js', () => ({ contentType: 'text/javascript; charset=utf-8', body: DOCS_START, policy: DOCS_POLICY, cache: 'no-store' })],
  ['/docs/swagger-ui.css', () => packaged('swagger-ui.css', 'text/css; charset=utf-8')],
  ['/docs/swagger-ui-bundle.js', () => packaged('swagger-ui-bundle.js', 'text/javascript; charset=utf-8')],
])
if (builtPage) for (const name of readdirSync(join(builtPage, 'assets'))) files.set(`/assets/${name}`, () => builtAsset(builtPage, name))
const loaded = new Map<string, PageFile>()

/** The file at an address; read once, when it is first asked for. */
export function pageFile(path: string): PageFile | undefined {
  const name = path.length > 1 ? path.replace(/\/$/, '') : path
  const known = loaded.get(name) ?? files.get(name)?.()
  if (known) loaded.set(name, known)
  return known
}

function startPage(): PageFile {
  if (!builtPage) return { contentType: HTML, body: START, policy: PLAIN_POLICY, cache: 'no-store' }
  return { contentType: HTML, body: readFileSync(join(builtPage, 'index.html')), policy: PAGE_POLICY, cache: 'no-store' }
}

/** Their names change with their content, so browsers may keep them. */
const builtAsset = (folder: string, name: string): PageFile => ({
  contentType: CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
  body: readFileSync(join(folder, 'assets', name)),
  policy: PAGE_POLICY,
  cache: 'public, max-age=31536000, immutable',
})

function packaged(name: string, contentType: string): PageFile {
  const directory = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return { contentType, body: readFileSync(join(directory, name)), policy: DOCS_POLICY, cache: 'max-age=3600' }
}
