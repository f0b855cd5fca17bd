/** Checkpoints of every format that was ever written give the state back; what is packed loses nothing. */
import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CoreDump } from '../../machines/core-dump.ts'
import { canonicalJson, stateHash } from '../../state/canonical.ts'
import { loadCheckpoints } from '../../state/checkpoint-file.ts'
import { protectedLine } from '../../state/codec.ts'
import { packCore, unpackCore, type PackedCore } from '../../state/position-packing.ts'
import { checkpointState } from '../../state/recover.ts'
import type { Checkpoint } from '../../state/store.ts'
import { temporaryDirectory } from './journal-records.ts'

let directory = { path: '', remove: () => undefined as void }
beforeEach(() => (directory = temporaryDirectory()))
afterEach(() => directory.remove())

/** A checkpoint of three open positions as the service of that format wrote it. */
function golden(format: number): Checkpoint {
  fs.copyFileSync(join(import.meta.dirname, 'golden', `checkpoint-format-${format}.json`), join(directory.path, 'checkpoint.json'))
  const { usable, remarks } = loadCheckpoints(directory.path)
  expect(remarks).toEqual([])
  return usable[0] as Checkpoint
}

describe('a checkpoint', () => {
  it.each([1, 2])('of format %i becomes the state whose hash it names', (format) => {
    const checkpoint = golden(format)
    expect(checkpoint.formatVersion).toBe(format)
    const { core } = checkpointState(checkpoint)
    expect(core.positions.map(({ state }) => state)).toEqual(['tp-placed', 'tp-placed', 'quarantined'])
    expect(stateHash(core)).toBe(checkpoint.stateHash)
  })

  it('is packed to the byte as format 2 was', () => {
    const [before, after] = [golden(1), golden(2)]
    expect(before.stateHash).toBe(after.stateHash)
    expect(JSON.stringify(packCore(checkpointState(before).core))).toBe(JSON.stringify((after.state as { readonly core: PackedCore }).core))
  })

  it('of a format that is not known yet is left aside', () => {
    fs.writeFileSync(join(directory.path, 'checkpoint.json'), protectedLine(JSON.stringify({ ...golden(2), formatVersion: 3 }).slice(1)))
    expect(loadCheckpoints(directory.path)).toMatchObject({ usable: [], remarks: [expect.stringContaining('format 3')] })
  })
})

describe('packing', () => {
  const value = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string(), fc.constant({}), fc.record({ high: fc.string(), low: fc.string() }), fc.array(fc.integer(), { maxLength: 2 }))
  const fields = (names: readonly string[]) => fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [names[0] as string] })
  const context = fc.tuple(
    fields(['id', 'timing', 'stray', 'question', 'funding', '__proto__']),
    fields(['symbol', 'targets', 'signalId']),
    fc.array(fields(['clientOrderId', 'role', 'price']), { maxLength: 3 }),
    fc.array(fields(['tradeId', 'cause']), { maxLength: 2 }),
  )

  it('gives every position back, whatever it has or lacks', () => {
    fc.assert(
      fc.property(fc.array(context, { maxLength: 5 }), (contexts) => {
        const positions = contexts.map(([rest, signal, orders, fills]) => ({ state: 'tp-placed', context: { ...rest, signal, orders, fills } }))
        const core = { lastPositionId: 5, positions } as unknown as CoreDump
        const written = JSON.parse(JSON.stringify(packCore(core))) as PackedCore
        expect(canonicalJson(unpackCore(written))).toBe(canonicalJson(JSON.parse(JSON.stringify(core))))
      }),
    )
  })

  it('says once what all positions have alike', () => {
    const { core } = checkpointState(golden(1))
    const timing = JSON.stringify(core.positions[0]?.context.timing)
    expect(JSON.stringify(core).split(timing).length - 1).toBe(3)
    expect(JSON.stringify(packCore(core)).split(timing).length - 1).toBe(1)
  })
})
