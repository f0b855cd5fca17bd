/**
 * `npm run defences [-- --only T3,F7,L-3] [--json FILE] [--copies 3]`: takes every defence away, one at a time, in a copy of the tree, runs
 * the test that should miss it, and puts it back. The tests are run without an edit first. A run that was interrupted, or found
 * something, goes on where it was. Exit code 1 where any removal is not noticed.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEFENCES } from './defences/all.ts'
import { LIMIT_MS, patternOf, without, type Defence } from './defences/defence.ts'
import { judge, whyNotGreen, type Verdict } from './defences/judge.ts'
import { Seen } from './defences/seen.ts'
import { endRuns, runTests } from './defences/test-run.ts'
import { TreeCopy } from './defences/tree-copy.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' }, copies: { type: 'string', default: '3' } } })
const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Most tests wait for real time: three copies at once also on two cores. */
const COPIES = Number(values.copies)

const wanted = values.only?.split(',')
const seen = new Seen(ROOT)
const chosen = DEFENCES.filter(({ serves }) => !wanted || serves.some((id) => wanted.includes(id)))
const unknown = wanted?.filter((id) => !chosen.some(({ serves }) => serves.includes(id))) ?? []
if (unknown.length > 0) {
  process.stderr.write(`No defence serves ${unknown.join(', ')}; there are ${[...new Set(DEFENCES.flatMap(({ serves }) => serves))].join(' ')}\n`)
  process.exit(2)
}

type Judged = { readonly defence: Defence; readonly verdict: Verdict; readonly seconds: number }
const limitOf = ({ limitMs }: Defence): number => limitMs ?? LIMIT_MS
const say = (kind: string, { serves, what }: Defence, rest: string): boolean => process.stdout.write(`${kind.padEnd(12)} ${serves.join(' ')}: ${what}${rest}\n`)

/** The defences of one file of tests; those tests first run as they are. */
async function judgeFile(tree: TreeCopy, file: string, all: readonly Defence[]): Promise<readonly Judged[]> {
  const known = all.filter((each) => seen.has(each))
  const defences = all.filter((each) => !known.includes(each))
  const judged: Judged[] = known.map((defence) => ({ defence, verdict: { kind: 'noticed', detail: 'before this run was interrupted' }, seconds: 0 }))
  if (defences.length === 0) return judged
  const patterns = [...new Set(defences.map(patternOf))]
  const green = await runTests(tree.path, { file, pattern: patterns.join('|'), limitMs: Math.max(...defences.map(limitOf)), retries: 1 })
  for (const defence of defences) {
    const source = fs.readFileSync(join(tree.path, defence.file), 'utf8')
    const edited = without(source, defence)
    const pattern = patternOf(defence)
    const run = async () => (edited === null ? null : tree.changed(defence.file, edited, () => runTests(tree.path, { file, pattern, limitMs: limitOf(defence), retries: 0 })))
    const notGreen = whyNotGreen(green, pattern)
    const tested = notGreen === null ? await run() : null
    const verdict = notGreen ?? (tested ? judge(tested) : { kind: 'edit does not fit' as const, detail: defence.file })
    judged.push({ defence, verdict, seconds: tested?.seconds ?? 0 })
    if (verdict.kind === 'noticed') seen.add(defence)
    say(verdict.kind, defence, verdict.kind === 'noticed' ? ` (${tested?.seconds} s)` : `\n             ${defence.test.join(': ')}\n             ${verdict.detail}`)
  }
  return judged
}

const trees = new Set<TreeCopy>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRuns()
    for (const tree of trees) tree.remove()
    process.exit(130)
  })
}

const began = performance.now()
const files = [...new Set(chosen.map(({ test: [file] }) => file))]
const all: Judged[] = []
await Promise.all(
  Array.from({ length: Math.min(COPIES, files.length) }, async () => {
    const tree = new TreeCopy(ROOT)
    trees.add(tree)
    try {
      for (let file = files.shift(); file !== undefined; file = files.shift()) all.push(...(await judgeFile(tree, file, chosen.filter(({ test }) => test[0] === file))))
    } finally {
      tree.remove()
    }
  }),
)

const unnoticed = all.filter(({ verdict }) => verdict.kind !== 'noticed')
const byOrder = [...all].sort((a, b) => chosen.indexOf(a.defence) - chosen.indexOf(b.defence))
const result = {
  removed: all.length,
  noticed: all.length - unnoticed.length,
  seconds: Math.round((performance.now() - began) / 1000),
  violations: unnoticed.map(({ defence, verdict }) => `${defence.serves.join(' ')}: ${defence.what}: ${verdict.kind}: ${verdict.detail}`),
  defences: byOrder.map(({ defence: { serves, what, file, test }, verdict }) => ({ serves: serves.join(' '), what, file, test: test.join(': '), verdict: verdict.kind })),
}
if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`)
process.stdout.write(`${result.removed} defences taken away, ${result.noticed} noticed by their tests, ${result.seconds} s\n`)
if (unnoticed.length === 0 && !wanted) seen.forget()
process.exitCode = unnoticed.length === 0 ? 0 : 1
