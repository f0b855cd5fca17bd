/** Writes `RELIABILITY.md` from `reliability/results` and `reliability/found.json`. */
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFound, reliabilityReport } from './reliability/report.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
fs.writeFileSync(join(ROOT, 'RELIABILITY.md'), reliabilityReport(join(ROOT, 'reliability/results'), readFound(ROOT)))
