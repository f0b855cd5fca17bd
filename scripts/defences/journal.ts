/** What keeps what was acknowledged: the sequencer before the disk, and the journal on it. */
import type { Defence } from './defence.ts'

const DAMAGE = 'test/state/damage.test.ts'
const SEQUENCER = 'test/runtime/sequencer.test.ts'
const sequencer = 'src/runtime/sequencer.ts'
const writer = 'state/journal-writer.ts'
const codec = 'state/codec.ts'
const segment = 'state/segment.ts'
const survey = 'state/journal-survey.ts'

export const JOURNAL_DEFENCES: readonly Defence[] = [
  {
    serves: ['I8', 'J-1', 'F1'], what: 'no command leaves before its batch is durable', file: sequencer,
    edit: ['this.#batch += 1\n    this.#write(this.#inFlight)', 'this.#batch += 1\n    for (const record of this.#inFlight) this.#release(record)\n    this.#write(this.#inFlight)'],
    test: [SEQUENCER, 'releases nothing before its batch is durable'],
  },
  {
    serves: ['I4', 'J-1', 'S-2'], what: 'an answer waits until what it says is durable', file: sequencer,
    edit: ['if (seq <= this.#durableSeq) return Promise.resolve(true)\n    if (this.#state', 'if (seq <= this.#nextSeq) return Promise.resolve(true)\n    if (this.#state'],
    test: [SEQUENCER, 'acknowledges nothing after a failed sync, and takes no more facts'],
  },
  {
    serves: ['I4', 'J-1'], what: 'a signal is answered once it is durable', file: 'src/runtime/service-application.ts',
    edit: ['return (await this.#durable(seq)) ? outcome : unavailable(this.#service)', 'return seq >= 0 ? outcome : unavailable(this.#service)'],
    test: ['test/e2e/disk-faults.test.ts', 'acknowledges nothing early: 503 where it takes too long'], limitMs: 90_000,
  },
  {
    serves: ['I4', 'J-1'], what: 'a batch is synced before it counts', file: writer,
    edit: ['await io.fdatasync(this.#fd)\n    } catch (error) {\n      return this.#poisoned(\'syncing\', error)', 'await Promise.resolve()\n    } catch (error) {\n      return this.#poisoned(\'syncing\', error)'],
    test: ['test/state/faults.test.ts', 'a failed fdatasync poisons the store for ever'],
  },
  {
    serves: ['I4', 'I9'], what: 'after a failed sync nothing is acknowledged any more', file: writer,
    edit: ["this.#poison = { ok: false, code: 'poisoned', message }\n    return this.#poison", "return { ok: false, code: 'poisoned', message }"],
    test: ['test/state/faults.test.ts', 'a failed fdatasync poisons the store for ever'],
  },
  {
    serves: ['I4', 'I9'], what: 'what a full disk took in part is cut off again', file: writer,
    edit: ['this.#options.io.truncate(this.#fd, this.#active.size)\n      this.#fileEnd = this.#active.size', 'this.#fileEnd = this.#active.size'],
    test: ['test/state/faults.test.ts', 'no room: the batch is taken back to the last byte'],
  },
  {
    serves: ['F4', 'I10'], what: 'facts enter one at a time, never from within the fold', file: sequencer,
    edit: ['assert(!this.#folding, `fact ${fact.type} arrives outside the fold`)', ''],
    test: [SEQUENCER, 'refuses a fact from within the fold'],
  },
  {
    serves: ['I21'], what: 'a disk that does not keep up is told, so that nothing new is begun', file: sequencer,
    edit: ['return this.#nextSeq - 1 - this.#durableSeq > MOST_WAITING', 'return this.#nextSeq < 0'],
    test: [SEQUENCER, 'is crowded while a disk that has stopped leaves too much waiting'],
  },
  {
    serves: ['I9', 'J-4'], what: 'every line of the journal proves itself by its checksum', file: codec,
    edit: ['if (bytes[at] !== HEX_DIGITS[crc & 15]) return false', 'if (bytes[at] === undefined) return false'],
    test: [DAMAGE, 'every flipped bit of a small journal'],
  },
  {
    serves: ['I9', 'J-4'], what: 'a missing number in the journal is damage', file: segment,
    edit: ['if (!continues || line.seq !== this.#nextSeq + open.seen || line.batch <= this.#lastBatch) return false', 'if (!continues || line.batch <= this.#lastBatch) return false'],
    test: [DAMAGE, 'a line removed from the middle is found by its missing number'],
  },
  {
    serves: ['I4', 'I9', 'J-4'], what: 'a batch counts as a whole or not at all', file: segment,
    edit: ['if (open.seen === open.of) {\n      this.#nextSeq += open.of', 'if (open.seen > 0) {\n      this.#nextSeq += open.seen'],
    test: [DAMAGE, 'a torn end cut at every byte of the last batches'],
  },
  {
    serves: ['I9', 'J-4'], what: 'what stands before an intact later record is no torn end', file: segment,
    edit: ["if (later === undefined) return { kind: 'torn'", "if (later === undefined || later !== '') return { kind: 'torn'"],
    test: [DAMAGE, 'every flipped bit of a small journal'],
  },
  {
    serves: ['I9', 'J-4'], what: 'a segment that is missing, shorter or another one refuses the start', file: survey,
    edit: ['if (gap) return gap', ''],
    test: ['test/state/file-store.test.ts', 'a sealed segment that vanished, shrank or was cut refuses the start'],
  },
  {
    serves: ['J-4', 'I9'], what: 'what is cut off is kept aside first', file: 'state/journal-opening.ts',
    edit: ['placeFileSync(io, keptAs, rest)', ''],
    test: [DAMAGE, 'a torn end cut at every byte of the last batches'],
  },
  {
    serves: ['J-6'], what: 'a journal of a newer version is not touched', file: codec,
    edit: ['if (version > RECORD_VERSION) return', 'if (version < 0) return'],
    test: [DAMAGE, 'a journal or a record of a newer version is not touched'],
  },
  {
    serves: ['I5', 'J-4'], what: 'a checkpoint proves itself by its checksum', file: 'state/checkpoint-file.ts',
    edit: ['const members = protectedMembers(bytes.subarray(0, Math.max(0, bytes.length - 1)))', "const members = bytes.toString('utf8', 18)"],
    test: [DAMAGE, 'checkpoints every truncation and every flipped bit falls back'],
  },
  {
    serves: ['I5', 'J-4'], what: 'a checkpoint ahead of its journal refuses the start', file: 'state/file-store.ts',
    edit: ['if (checkpoint && checkpoint.seq > survey.durableSeq) return', 'if (checkpoint && checkpoint.seq < 0) return'],
    test: [DAMAGE, 'a checkpoint ahead of the journal refuses the start'],
  },
  {
    serves: ['I5', 'J-6'], what: 'a checkpoint of other machines is not restored, the journal is folded', file: 'state/recover.ts',
    edit: ['const current = checkpoint !== null && checkpoint.machineVersion === MACHINE_VERSION', 'const current = checkpoint !== null'],
    test: ['test/state/golden.test.ts', 'starts, and positions and figures are what the recording version said'],
  },
  {
    serves: ['I5', 'F1'], what: 'a restart goes on behind the checkpoint with the tail of the journal', file: 'state/recover.ts',
    edit: ['const records = usable ? recovered.tail : all()', 'const records = usable ? [] : all()'],
    test: ['test/exits/restarts.test.ts', 'on the disk, with checkpoints'],
  },
  {
    serves: ['I5', 'I3'], what: 'a stray fill is known over a restart', file: 'machines/core.ts',
    edit: ['for (const trade of dump.strayTrades) core.#strayTrades.add(trade)', ''],
    test: ['test/runtime/stray-fills.test.ts', 'is still known as opened after a restart'],
  },
  {
    serves: ['F16', 'I19', 'J-1'], what: 'one process per data directory', file: 'state/lock.ts',
    edit: ["if (helper.status === 1) return locked(directory)", "if (helper.status === 1) return { ok: true, lock: { release: () => {} } }"],
    test: ['test/state/lock.test.ts', 'by flock is held against other processes'],
  },
  {
    serves: ['I19', 'I9'], what: 'an owner of before may not write', file: 'state/batch-order.ts',
    edit: ['if (epoch !== end.epoch) return', 'if (epoch < 0) return'],
    test: ['test/state/memory-store.test.ts', 'refuses what does not continue the journal'],
  },
  {
    serves: ['I9', 'I8'], what: 'a batch that does not continue the journal is refused', file: 'state/batch-order.ts',
    edit: ['record.seq === next + index && record.batch', 'record.batch'],
    test: ['test/state/memory-store.test.ts', 'refuses what does not continue the journal'],
  },
  {
    serves: ['S-2', 'I4'], what: 'an audit line that does not get there whole leaves no trace', file: 'state/audit-log.ts',
    edit: ['this.#cutTo = size\n      this.#io.truncate(fd, size)\n      this.#cutTo = null', ''],
    test: ['test/state/audit-log.test.ts', 'a write that fails at any call leaves no trace'],
  },
  {
    serves: ['S-2', 'I4'], what: 'after a crash the audit log says what the journal says', file: 'state/audit-log.ts',
    edit: ['if (added === 0) cutBytes = this.#cut(fd, end, at)\n    this.#writeAgain', 'this.#writeAgain'],
    test: ['test/state/audit-log.test.ts', 'lines whose facts never became durable are cut'],
  },
  {
    serves: ['I14', 'K-1'], what: 'a halt is durable before anything else is asked', file: 'src/runtime/halt.ts',
    edit: ['if (!(await engine.sequencer.barrier())) return', ''],
    test: ['test/runtime/halt.test.ts', 'asks nobody to leave before it is durable'],
  },
  {
    serves: ['I14', 'F10', 'K-1'], what: 'a halt whose positions were not all asked goes on after a restart', file: 'src/runtime/engine.ts',
    edit: ['goOnClosing(this)\n', ''],
    test: ['test/live/kill-switch.test.ts', 'a process that dies right after the halt was recorded closes everything'],
  },
  {
    serves: ['S-4', 'I16', 'I3'], what: 'a repeat by its natural key opens nothing', file: 'src/runtime/door.ts',
    edit: ["return natural === null ? undefined : remembered('natural', natural)", "return natural === '' ? remembered('natural', natural) : undefined"],
    test: ['test/e2e/repeats.test.ts', 'gets the first body with duplicate'], limitMs: 60_000,
  },
  {
    serves: ['S-4', 'I16'], what: 'a header with other content is refused', file: 'src/runtime/door.ts',
    edit: ["if (byHeader) return canonicalSignal(byHeader.signal) === canonicalSignal(signal) ? byHeader : { field: 'Idempotency-Key' }", 'if (byHeader) return byHeader'],
    test: ['test/e2e/repeats.test.ts', 'is refused, not audited, and opens nothing'], limitMs: 60_000,
  },
  {
    serves: ['S-4', 'I16'], what: 'a signal_id with other content is refused', file: 'src/runtime/door.ts',
    edit: ["if (byId) return canonicalSignal(byId.signal) === canonicalSignal(signal) ? byId : { field: 'signal_id' }", 'if (byId) return byId'],
    test: ['test/e2e/repeats.test.ts', 'is refused, not audited, and opens nothing'], limitMs: 60_000,
  },
  {
    serves: ['S-5', 'C7', 'I20'], what: 'a signal that is too old or from the future is refused', file: 'src/runtime/door.ts',
    edit: ['if (signal.timestampMs !== null) {', 'if (signal.timestampMs === 0) {'],
    test: ['test/config/every-setting-bites.test.ts', 'here SIGNAL_MAX_AGE_SEC'],
  },
]
