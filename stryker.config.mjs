/**
 * Mutation tests of the core: `npm run mutation -- --mutate 'src/risk/*.ts'`. The suites are those that need no real
 * process, so that a mutant costs a second.
 *
 * Not counted: texts for people (`Texts` below; what bots parse, `risk_reason` above all, counts), and code that runs once
 * when a file is loaded (`ignoreStatic`: each would take all tests).
 */
import { PluginKind, declareClassPlugin } from '@stryker-mutator/api/plugin'

/** Functions whose arguments from this place on are words for people. */
const SPEAKERS = new Map([['assert', 1], ['ignore', 2], ['damaged', 0], ['refused', 0], ['refusal', 0], ['holds', 0]])
/** Fields that hold them. */
const SPOKEN = new Set(['message', 'what', 'meaning', 'doc', 'summary'])

/** Words for people: tests look at what is refused and where, not at how it is said. */
class Texts {
  shouldIgnore({ node, parent, listKey, key }) {
    if (node.type !== 'StringLiteral' && node.type !== 'TemplateLiteral') return undefined
    const from = parent.type === 'CallExpression' && listKey === 'arguments' ? SPEAKERS.get(parent.callee.name) : parent.type === 'NewExpression' && parent.callee.name?.endsWith('Error') ? 0 : undefined
    const spoken = (from !== undefined && key >= from) || (parent.type === 'ObjectProperty' && SPOKEN.has(parent.key.name)) || (parent.type === 'CallExpression' && parent.callee.property?.name === 'push' && parent.callee.object?.name === 'remarks')
    return spoken ? 'a text for people' : undefined
  }
}
export const strykerPlugins = [declareClassPlugin(PluginKind.Ignore, 'texts', Texts)]

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', './stryker.config.mjs'],
  ignorers: ['texts'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  mutate: ['src/risk/*.ts', 'src/exits/*.ts', 'src/domain/ids.ts', 'src/brokers/exchange-live/reconciliation.ts', 'machines/*.ts', 'src/runtime/sequencer.ts', 'state/{codec,segment,segment-reader,segment-archive,journal-*,recover,replay,fold,checkpoint-file,batch-order,upcast,io,file-store}.ts', '!**/documentation.ts'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { reportTests: false, allowColor: false },
  jsonReporter: { fileName: 'artefacts/mutation.json' },
  incrementalFile: 'artefacts/mutation-incremental.json',
  tempDirName: 'artefacts/stryker',
  ignorePatterns: ['artefacts', 'dist'],
  concurrency: 1,
  timeoutMS: 10_000,
}
