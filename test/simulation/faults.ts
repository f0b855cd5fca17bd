/** Which faults a seed has: each is absent, rare or frequent, so that every combination comes up. */
import type { ConnectionFaults } from '../../src/brokers/faulty-broker.ts'
import type { VenueFaults } from '../../src/brokers/faulty-venue.ts'

export type Faults = VenueFaults & ConnectionFaults & { readonly crash: number; readonly poison: number; readonly diskFull: number; readonly slowDiskMs: number }

export const NO_FAULTS: Faults = {
  entryRefused: 0,
  entryExpired: 0,
  entryUnfilled: 0,
  partialFill: 0,
  stopRefused: 0,
  targetRefused: 0,
  closeRefused: 0,
  replaceRefused: 0,
  cancelRefused: 0,
  cancelTooLate: 0,
  dropped: 0,
  lostRequest: 0,
  lateRequest: 0,
  lostAnswer: 0,
  duplicated: 0,
  late: 0,
  crash: 0,
  poison: 0,
  diskFull: 0,
  slowDiskMs: 0,
}

const FREQUENT: Faults = {
  entryRefused: 0.15,
  entryExpired: 0.15,
  entryUnfilled: 0.15,
  partialFill: 0.5,
  stopRefused: 0.3,
  targetRefused: 0.3,
  closeRefused: 0.3,
  replaceRefused: 0.3,
  cancelRefused: 0.2,
  cancelTooLate: 0.3,
  dropped: 0.02,
  lostRequest: 0.12,
  lateRequest: 0.08,
  lostAnswer: 0.15,
  duplicated: 0.3,
  late: 0.3,
  crash: 0.06,
  poison: 0.02,
  diskFull: 0.03,
  slowDiskMs: 300,
}

export function drawFaults(random: () => number): Faults {
  const drawn = Object.entries(FREQUENT).map(([name, rate]) => [name, rate * ([0, 0, 0.25, 1][Math.floor(random() * 4)] as number)])
  return Object.fromEntries(drawn) as Faults
}
