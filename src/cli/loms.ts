#!/usr/bin/env node
/** The `loms` command. */
import { readClientEnvironment } from './environment.ts'
import { runCommandLine } from './program.ts'
import { processTerminal } from './terminal.ts'

const code = await runCommandLine(process.argv.slice(2), processTerminal(), readClientEnvironment())
// Set, not forced: what is still on its way to a pipe gets there. A service that set its own code keeps it.
process.exitCode ??= code
