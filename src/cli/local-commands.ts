/** Commands that work without a running service. */
import type { Command } from 'commander'
import type { Surroundings } from './program.ts'

export function addLocalCommands(_program: Command, _surroundings: Surroundings): void {}
