/**
 * Writes what the documentation says twice: `.env.example`, `docs/settings.md`, the strategies in `docs/exits.md`, the checks in
 * `docs/risk.md` and the charts in `machines/README.md`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { positionMachine } from '../machines/position.machine.ts'
import { supervisorMachine } from '../machines/supervisor.machine.ts'
import { envExample, settingsTable } from '../src/config/documentation.ts'
import { withExitStrategies } from '../src/exits/documentation.ts'
import { exitPolicies } from '../src/exits/registry.ts'
import { withRiskChecks } from '../src/risk/documentation.ts'
import { RISK_CHECKS } from '../src/risk/risk-engine.ts'
import { withCharts } from './statechart.ts'

mkdirSync('docs', { recursive: true })
writeFileSync('.env.example', envExample())
writeFileSync('docs/settings.md', settingsTable())
writeFileSync('docs/risk.md', withRiskChecks(readFileSync('docs/risk.md', 'utf8'), RISK_CHECKS))
writeFileSync('docs/exits.md', withExitStrategies(readFileSync('docs/exits.md', 'utf8'), exitPolicies()))
writeFileSync('machines/README.md', withCharts(readFileSync('machines/README.md', 'utf8'), { position: positionMachine, supervisor: supervisorMachine }))
