/** Writes what the documentation says twice: `.env.example`, `docs/settings.md` and the charts in `machines/README.md`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { positionMachine } from '../machines/position.machine.ts'
import { supervisorMachine } from '../machines/supervisor.machine.ts'
import { envExample, settingsTable } from '../src/config/documentation.ts'
import { withCharts } from './statechart.ts'

mkdirSync('docs', { recursive: true })
writeFileSync('.env.example', envExample())
writeFileSync('docs/settings.md', settingsTable())
writeFileSync('machines/README.md', withCharts(readFileSync('machines/README.md', 'utf8'), { position: positionMachine, supervisor: supervisorMachine }))
