/** `npm run coverage [-- --json FILE]`: branch coverage of what money and durability hang on. Exit code 1 below 100 %. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

type Summary = { readonly total: { readonly branches: { readonly total: number; readonly covered: number } } }

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.coverage.config.ts'], { cwd: ROOT, stdio: 'inherit' })
const { total, ...files } = JSON.parse(fs.readFileSync(join(ROOT, 'artefacts/coverage/coverage-summary.json'), 'utf8')) as Summary
if (values.json !== undefined) fs.writeFileSync(values.json, JSON.stringify({ files: Object.keys(files).length, branches: total.branches.total, covered: total.branches.covered }))
process.exitCode = status ?? 1
