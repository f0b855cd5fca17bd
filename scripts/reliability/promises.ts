/** What LOMS promises its trader, and what checks each promise. Steps by their ids in `scripts/proof/steps.ts`, tests by their files. */

export type Promised = { readonly what: string; readonly invariants: readonly string[]; readonly checkedBy: readonly string[] }

export const PROMISES: readonly Promised[] = [
  { what: 'What was acknowledged survives kill -9 and loss of power', invariants: ['I4', 'I5', 'I9'], checkedBy: ['kills-paper', 'kills-live', 'io-sweep', 'crash-images'] },
  { what: 'A signal opens at most one position, however often it is sent and whatever fails', invariants: ['I3', 'I16'], checkedBy: ['sim-paper', 'sim-live', 'kills-paper', 'kills-live'] },
  { what: 'A filled position gets its stop in bounded time, or is closed', invariants: ['I1'], checkedBy: ['sim-live', 'sim-paper'] },
  { what: 'No order leaves before its intent is on the disk', invariants: ['I8'], checkedBy: ['sim-live'] },
  { what: 'An order without an answer is asked for until it is known; time alone proves nothing', invariants: ['I15'], checkedBy: ['sim-live'] },
  { what: 'LOMS and the exchange agree on quantities and results, and nothing is closed into the other direction', invariants: ['I2', 'I7', 'I11'], checkedBy: ['sim-live', 'reconciliation'] },
  { what: 'No order of LOMS is left behind, and no foreign one is touched', invariants: ['I12'], checkedBy: ['sim-live', 'reconciliation'] },
  { what: 'When faults end, everything comes to rest: protected, closed, resolved', invariants: ['I25'], checkedBy: ['sim-paper', 'sim-live'] },
  { what: 'Damage of the journal is noticed and never passed over', invariants: ['I9'], checkedBy: ['bit-flips', 'golden'] },
  { what: 'The state is what the journal says, to the bit', invariants: ['I5'], checkedBy: ['sim-paper', 'sim-live', 'sim-twice', 'kills-paper', 'crash-images'] },
  { what: 'After a halt is recorded no entry leaves', invariants: ['I14'], checkedBy: ['sim-live', 'test/live/kill-switch.test.ts', 'test/runtime/halt.test.ts'] },
  { what: 'Limits of a day begin anew at 00:00 UTC, and hold until then', invariants: ['I13'], checkedBy: ['sim-live', 'test/risk/account.test.ts'] },
  { what: 'Paper has no way to an exchange', invariants: ['I6'], checkedBy: ['test/exchange/gate.test.ts'] },
  { what: 'Nobody does what their key does not allow', invariants: ['I23'], checkedBy: ['authorisation'] },
  { what: 'No secret is written, logged or answered', invariants: ['I22'], checkedBy: ['secrets', 'fuzz'] },
  { what: 'Whatever is sent to it, it answers in good order and changes nothing that it refuses', invariants: ['I20', 'I21', 'I23'], checkedBy: ['fuzz'] },
  { what: 'Under lasting load it answers in time and does not grow', invariants: ['I21'], checkedBy: ['load'] },
  { what: 'An alert is not lost, doubled or a flood', invariants: ['I24'], checkedBy: ['sim-live', 'test/alerts/alert-desk.test.ts', 'test/e2e/alerts.test.ts'] },
]

/** What no program here proves. */
export const NOT_COVERED: readonly string[] = [
  'Real exchanges. Bybit and Bitget are emulated here, from their documents and recorded answers; an error in the emulator makes a green simulation worthless. Go through a demo account first.',
  'The disk itself. Power losses are simulated by a model of what a file system may lose; no machine was unplugged.',
  'Several processes on one account. One process holds the lock of its data directory; nothing guards against a second machine with the same keys (I19).',
  'Weeks. The longest constant load is the one in the table.',
  'Other versions of Node than the one that ran, and other systems than Linux.',
  'Errors that the generators cannot imagine: simulation, fuzzing and crash images were written by the same hands as the product.',
]
