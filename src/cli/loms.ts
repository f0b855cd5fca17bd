#!/usr/bin/env node
/** The `loms` command. */
import { readClientEnvironment } from './environment.ts'
import { runCommandLine } from './program.ts'
import { processTerminal } from './terminal.ts'

// The exit code is set, not forced: what is still on its way to a pipe gets there.
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), readClientEnvironment())
