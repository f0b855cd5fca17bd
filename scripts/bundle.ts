/**
 * Puts the compiled service into one file, `dist/service/main.js`: finding, reading and linking two hundred modules is
 * half of a start. What is loaded later (schemas, pages) becomes files of its own beside it.
 *
 *   node dist/scripts/bundle.js          after tsc
 */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

const COMPILED = fileURLToPath(new URL('..', import.meta.url))
const ENTRY = `${COMPILED}src/main.js`
const BUNDLE = `${COMPILED}service`

/** A module goes on finding the files beside it: its address stays what it was, except the entry's, which is the program. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  transform: (code, id) => (id.startsWith(COMPILED) && id !== ENTRY ? code.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative(BUNDLE, id))}, import.meta.url).href`) : null),
}

await build({
  configFile: false,
  logLevel: 'warn',
  root: COMPILED,
  plugins: [ownAddresses],
  // Pino and what is loaded on demand find files of their own; the rest are plain modules.
  ssr: { noExternal: ['@hono/node-server', 'big.js', 'hono', 'lowdb', 'rxjs', 'xstate'] },
  build: { ssr: ENTRY, outDir: BUNDLE, emptyOutDir: true, copyPublicDir: false, target: 'node20', minify: false, rolldownOptions: { output: { entryFileNames: 'main.js', chunkFileNames: '[name].js' } } },
})
