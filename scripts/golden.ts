/**
 * `npm run golden -- --name 1.0.0`: records a golden journal of this version into `test/fixtures/journals/<name>`, to be done at
 * each release and never again for the same one. `--main FILE` records with another version's `main`.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { recordSession } from './golden/session.ts'

const { values } = parseArgs({ options: { name: { type: 'string' }, main: { type: 'string' } } })
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const target = join(ROOT, 'test/fixtures/journals', values.name ?? '')
if (values.name === undefined || fs.existsSync(target)) {
  process.stderr.write(`--name says what the recording is called${values.name === undefined ? '' : `; ${target} is there already, and a golden journal never changes`}\n`)
  process.exit(2)
}
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const directory = fs.mkdtempSync(join(tmpdir(), 'loms-golden-'))
try {
  const answers = await recordSession({ command: [process.execPath, '--import', tsx, resolve(values.main ?? join(ROOT, 'src/main.ts'))], directory })
  fs.cpSync(join(directory, 'data'), join(target, 'data'), { recursive: true, filter: (path) => !path.endsWith('/lock') })
  fs.writeFileSync(join(target, 'answers.json'), `${JSON.stringify(answers, null, 2)}\n`)
  process.stdout.write(`${target}: ${answers.positions.length} positions\n`)
} finally {
  fs.rmSync(directory, { recursive: true })
}
