/** Commands of those who run LOMS: doctor, daily, readiness, backup, restore. Each loads its code only when it is used. */
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import { EXIT } from './exit-code.ts'
import type { Surroundings } from './program.ts'
import { serviceCommand, sessionOf } from './service-commands.ts'

type Common = { readonly json?: boolean }

export function addOperationCommands(program: Command, surroundings: Surroundings): void {
  addDoctor(program, surroundings)
  addDaily(program, surroundings)
  addReadiness(program, surroundings)
  addBackup(program, surroundings)
  addRestore(program, surroundings)
}

const command = (program: Command, name: string, description: string, example: string): Command =>
  program.command(name).description(description).option('--json', 'print JSON').addHelpText('after', `\nExample:\n  ${example}`)

function addDoctor(program: Command, { terminal, finish }: Surroundings): void {
  command(program, 'doctor', 'is this machine ready to run LOMS with these settings? reads only', 'loms doctor').action(async ({ json }: Common) => {
    const [{ showChecks }, { examineMachine }] = await Promise.all([import('./commands/checks.ts'), import('./wiring.ts')])
    finish(showChecks(terminal, json === true, 'doctor', await examineMachine()))
  })
}

function addDaily(program: Command, surroundings: Surroundings): void {
  serviceCommand(program, 'daily', 'one look a day: service, prices, positions, errors', 'loms daily --save')
    .option('--save', 'keep the result as <DATA_DIR>/daily/<date>.json')
    .action(async ({ json, save }: Common & { readonly save?: boolean }, subcommand: Command) => {
      const { terminal, finish, now } = surroundings
      const [{ showChecks }, { lookAtToday }] = await Promise.all([import('./commands/checks.ts'), import('./wiring.ts')])
      const day = await lookAtToday(sessionOf(subcommand, surroundings).client, now(), save === true)
      if (!day.ok) return fail(surroundings, day.problems)
      if (day.savedAs !== null) terminal.err(`kept as ${day.savedAs}`)
      finish(showChecks(terminal, json === true, 'daily', day.checks))
    })
}

function addReadiness(program: Command, surroundings: Surroundings): void {
  const { terminal, finish } = surroundings
  command(program, 'readiness', 'go or no-go for real money: every criterion with figure and verdict', 'loms readiness --data state/data/paper --bot-csv trades.csv')
    .option('--data <dir>', 'data directory (default DATA_DIR of the settings)')
    .option('--bot-csv <file>', "the bot's own trades: columns symbol, side, timestamp, and pnl or result")
    .action(async ({ json, data, botCsv }: Common & { readonly data?: string; readonly botCsv?: string }) => {
      const [{ showChecks }, { assessReady }] = await Promise.all([import('./commands/checks.ts'), import('./wiring.ts')])
      const outcome = await assessReady(data ?? null, botCsv ?? null)
      if (!outcome.ok) return fail(surroundings, outcome.problems)
      finish(showChecks(terminal, json === true, 'readiness', outcome.checks, { seq: outcome.seq }))
    })
}

function addBackup(program: Command, surroundings: Surroundings): void {
  const { terminal, finish, now } = surroundings
  command(program, 'backup', 'a proven copy of journal and audit log, also beside a running service', 'loms backup --to /mnt/backups')
    .option('--data <dir>', 'data directory (default DATA_DIR of the settings)')
    .option('--to <dir>', 'folder of backups', 'backups')
    .action(async ({ json, data, to }: Common & { readonly data?: string; readonly to: string }) => {
      const [{ showBackup }, { backUpData }] = await Promise.all([import('./commands/backup.ts'), import('./wiring.ts')])
      finish(showBackup(terminal, json === true, await backUpData(data ?? null, to, now())))
    })
}

function addRestore(program: Command, surroundings: Surroundings): void {
  const { terminal, finish, now } = surroundings
  command(program, 'restore', 'make a backup the data directory again; what is there now is moved aside', `loms restore ${join('backups', '2026-11-21_140312_paper')}`)
    .argument('<backup>', 'folder of one backup')
    .option('--data <dir>', 'data directory (default DATA_DIR of the settings)')
    .addOption(new Option('--yes', 'do not ask'))
    .action(async (backup: string, { json, data, yes }: Common & { readonly data?: string; readonly yes?: boolean }) => {
      const [{ runRestore }, wiring] = await Promise.all([import('./commands/backup.ts'), import('./wiring.ts')])
      const place = await wiring.dataPlace(data ?? null)
      if (!place.ok) return fail(surroundings, place.problems)
      finish(await runRestore(terminal, json === true, { backup, dataDir: place.dataDir, yes: yes === true }, () => wiring.restoreData(backup, place, now())))
    })
}

function fail({ terminal, finish }: Surroundings, problems: readonly string[]): void {
  for (const problem of problems) terminal.err(problem)
  finish(EXIT.failed)
}
