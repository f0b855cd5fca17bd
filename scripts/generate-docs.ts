/**
 * Writes what the documentation says twice: `.env.example`, `docs/settings.md`, the strategies in `docs/exits.md` and the
 * charts in `machines/README.md`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { positionMachine } from '../machines/position.machine.ts'
import { supervisorMachine } from '../machines/supervisor.machine.ts'
import { envExample, settingsTable } from '../src/config/documentation.ts'
import { withExitStrategies } from '../src/exits/documentation.ts'
import { exitPolicies } from '../src/exits/registry.ts'
import { withCharts } from './statechart.ts'

mkdirSync('docs', { recursive: true })
writeFileSync('.env.example', envExample())
writeFileSync('docs/settings.md', settingsTable())
writeFileSync('docs/exits.md', withExitStrategies(readFileSync('docs/exits.md', 'utf8'), exitPolicies()))
writeFileSync('machines/README.md', withCharts(readFileSync('machines/README.md', 'utf8'), { position: positionMachine, supervisor: supervisorMachine }))
