/** Writes `.env.example` and `docs/settings.md` from the settings schema. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { envExample, settingsTable } from '../src/config/documentation.ts'

mkdirSync('docs', { recursive: true })
writeFileSync('.env.example', envExample())
writeFileSync('docs/settings.md', settingsTable())
