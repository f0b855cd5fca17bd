/** `.env.example` and `docs/settings.md`, made from the schema. */
import { SETTINGS } from './schema.ts'
import { allowedText, PROFILES, type Setting } from './setting.ts'

const groups = (): Map<string, Setting[]> => {
  const byGroup = new Map<string, Setting[]>()
  for (const setting of SETTINGS) byGroup.set(setting.group, [...(byGroup.get(setting.group) ?? []), setting])
  return byGroup
}

/** Every setting commented out with its default of the lab profile: copying the file changes nothing. */
export function envExample(): string {
  const lines = [
    '# Settings of LOMS. Copy to .env and remove the # of what you want to change.',
    '# Precedence: process environment > .env > RISK_PROFILE > LOMS_PROFILE > default. Values shown are the defaults.',
    '# Made from the schema by `npm run docs`; all details are in docs/settings.md.',
  ]
  for (const [group, settings] of groups()) {
    lines.push('', `# --- ${group} ---`)
    for (const setting of settings) {
      lines.push('', `# ${setting.doc}${setting.later ? ' (Not in this version.)' : ''}`, `# ${setting.name}=${exampleValue(setting)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function exampleValue({ byDefault }: Setting): string {
  if (typeof byDefault === 'string') return byDefault
  return 'derived' in byDefault ? '' : byDefault.lab
}

/** The table of all settings as Markdown. */
export function settingsTable(): string {
  const lines = [
    '# Settings',
    '',
    'LOMS reads its settings from the process environment and from a file `.env` in the directory it is started in. Precedence:',
    'process environment, `.env`, `RISK_PROFILE`, `LOMS_PROFILE`, default. `loms config` shows every value in force and where it came from.',
    'A wrong value, an unknown name in `.env` and a slip of a known name stop the start with one line each. Booleans are `true` or',
    '`false`; an empty limit means no limit, and `0` for a limit is refused. This file is made from the schema by `npm run docs`.',
  ]
  for (const [group, settings] of groups()) {
    lines.push('', `## ${group}`, '', '| name | default (lab / shadow / semi-live where different) | allowed | meaning |', '|---|---|---|---|')
    for (const setting of settings) lines.push(`| \`${setting.name}\` | ${defaultCell(setting)} | ${cell(allowedText(setting))} | ${cell(meaning(setting))} |`)
  }
  return `${lines.join('\n')}\n`
}

function meaning(setting: Setting): string {
  const later = setting.later ? ' *Not in this version: only the default is accepted.*' : ''
  return `${setting.doc}${setting.secret ? ' Secret.' : ''}${later}`
}

function defaultCell({ byDefault }: Setting): string {
  const code = (value: string): string => (value === '' ? 'empty' : `\`${value}\``)
  if (typeof byDefault === 'string') return code(byDefault)
  if ('derived' in byDefault) return cell(byDefault.derived)
  return PROFILES.map((profile) => code(byDefault[profile])).join(' / ')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
