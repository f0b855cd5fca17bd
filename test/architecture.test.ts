/**
 * The rules of the house. Each rule is run over the whole repository and once over a piece of text that breaks it, so
 * that a rule which has gone blind is noticed.
 */
import { describe, expect, it } from 'vitest'
import {
  FILE_LINES_MAX, FUNCTION_LINES_MAX, actingMachines, callsOutside, environmentReads, holesInTypes, impureCalls, longFiles, longFunctions, matches, secondNames, unfinishedMarks,
} from './architecture/code-rules.ts'
import { importCycles, wrongImports } from './architecture/import-rules.ts'
import { lockGaps, loosePins, otherLicences, undeclaredDependencies, unusedDependencies, withoutHash, type Lock, type Manifest } from './architecture/package-rules.ts'
import { ROOT, productSources, repositoryFiles, testSources, textOf } from './architecture/repository.ts'
import { parseSource, type SourceFile } from './architecture/source-file.ts'

/** What runs as a service. */
const production = productSources.filter(({ path }) => !path.startsWith('scripts/') && !path.startsWith('src/page/'))
/** Without the rules themselves, which quote what they forbid. */
const everything = [...productSources, ...testSources.filter(({ path }) => !path.startsWith('test/architecture'))]

/** Timers elsewhere would be time that no journal knows of. */
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate']
const TIMERS_ALLOWED = [
  'src/runtime/timers.ts', // wakes the engine for its earliest deadline
  'src/runtime/service.ts', // group commit at the end of the turn, a full disk tried again, a bounded wait for durability
  'src/runtime/service-alerts.ts', // the beat of the alert desk
  'src/runtime/loop-watch.ts', // the beat that a second thread listens for
  'src/runtime/publisher.ts', // a bounded wait for a close
  'src/runtime/replay-edge.ts', // the pace of recorded prices
  'src/prices/timers.ts', // intervals of quotes
  'src/exchange/request-scope.ts', // the limit of a whole call
  'src/exchange/pace.ts', // the turns of reads
  'src/brokers/exchange-live/streams.ts', // a lost stream dialled again
  'src/runtime/live-desk.ts', // an account that could not be read
  'src/http/event-streams.ts', // heartbeat of an open stream
  'src/http/page/live-streams.ts', // what changes is gathered, prices and health at their own pace, while somebody looks
  'src/http/page/record-streams.ts', // the journal is looked at while somebody follows it
  'src/runtime/price-history.ts', // prices once a second, for charts
  'src/http/server.ts', // idle connections at the end
  'src/exchange-emulator/wire/timers.ts', // latency and faults of the emulated venue
  'src/demo/child.ts', // a child that does not stop
  'src/demo/start.ts', // until the service is ready
  'src/demo/live/live-demo.ts', // the rounds of its picture
  'src/demo/follow.ts',
]
const ENVIRONMENT_ALLOWED = ['src/config/environment.ts', 'src/cli/environment.ts']
const SLEEPS = ['node:timers', 'node:timers/promises']

const timersElsewhere = (source: SourceFile): readonly string[] => [
  ...callsOutside(source, TIMERS, TIMERS_ALLOWED),
  ...(TIMERS_ALLOWED.includes(source.path) ? [] : source.imports.filter(({ target }) => SLEEPS.includes(target)).map(({ target }) => `${source.path} ${target}`)),
]

const lines = (count: number): string => 'f()\n'.repeat(count)
const long = (count: number): string => `const f = () => {\n${lines(count)}}`

type Rule = readonly [rule: string, sources: readonly SourceFile[], check: (source: SourceFile) => readonly string[], breaches: readonly (readonly [path: string, text: string])[]]

const inFile = (path: string, texts: readonly string[]): readonly (readonly [path: string, text: string])[] => texts.map((text) => [path, text])

const RULES: readonly Rule[] = [
  ['imports point one way', productSources, (source) => wrongImports([source]), [
    ...inFile('src/domain/a.ts', [`import { a } from '../risk/b.ts'`, `import type { A } from '../../machines/b.ts'`, `import fs from 'node:fs'`, `import 'rxjs'`, `import('zod')`, `export { a } from '../http/b.ts'`, `let a: import('../http/b.ts').A`]),
    ...inFile('machines/a.ts', [`import type { A } from '../state/b.ts'`, `import type { A } from '../src/runtime/b.ts'`, `import { a } from 'node:fs'`]),
    ['state/store.ts', `import type { Core } from '../machines/core.ts'`],
    ...inFile('src/brokers/a.ts', [`import type { A } from '../prices/b.ts'`, `import type { A } from '../../machines/b.ts'`]),
    ...inFile('src/http/a.ts', [`import type { A } from '../../machines/b.ts'`, `import type { A } from '../../state/b.ts'`, `import type { A } from '../runtime/b.ts'`]),
    ...inFile('src/runtime/a.ts', [`import { a } from '../http/b.ts'`, `import { Hono } from 'hono'`, `import type { A } from '../cli/b.ts'`]),
    ...inFile('src/cli/program.ts', [`import { main } from '../main.ts'`, `import('../main.ts')`, `import { a } from '../demo/b.ts'`]),
    ['scripts/bot/a.ts', `import type { A } from '../../src/domain/b.ts'`],
    ['src/elsewhere/a.ts', 'a folder without a rule'],
  ]],
  ['the core is pure', productSources, impureCalls, inFile('src/risk/a.ts', [
    'Date.now()', 'const now = Date.now', 'new Date()', 'Date()', 'Math.random()', 'process.exit()', 'setTimeout(f, 1)', 'setInterval(f, 1)', 'setImmediate(f)', `fetch('/')`, 'console.log(1)',
    'performance.now()', 'async function f() {}', 'const f = async () => {}', `import('./b.ts')`, 'const run = setTimeout', 'class A { b = process.pid }',
  ])],
  ['charts neither wait nor act', productSources, actingMachines, inFile('machines/a.ts', [
    'const a = { after: { 1: {} } }', `const a = { 'after': {} }`, 'const a = { invoke }', 'const a = { invoke: {} }', `import { fromPromise } from 'xstate'`, `import { sendParent as up } from 'xstate'`,
  ])],
  ['timers are where they belong', production, timersElsewhere, inFile('src/runtime/engine.ts', ['setTimeout(f, 1)', 'setInterval(f, 1)', 'setImmediate(f)', `import { setTimeout as sleep } from 'node:timers/promises'`])],
  ['the environment is read in two places', production, (source) => environmentReads(source, ENVIRONMENT_ALLOWED), inFile('src/main.ts', ['process.env', 'process.env.PORT', `import { env } from 'node:process'`])],
  [`files have up to ${FILE_LINES_MAX} lines`, productSources, longFiles, [['src/a.ts', lines(FILE_LINES_MAX + 1)]]],
  [`functions have up to ${FUNCTION_LINES_MAX} lines`, productSources, longFunctions, inFile('src/a.ts', [long(FUNCTION_LINES_MAX), `class A { constructor() {\n${lines(FUNCTION_LINES_MAX)}} }`])],
  ['types have no holes', everything, holesInTypes, inFile('src/a.ts', ['let a: any', 'f(a as any)', '// @ts-ignore', '// @ts-expect-error'])],
  ['nothing is left unfinished', productSources, unfinishedMarks, inFile('src/a.ts', ['// TODO', '/* FIXME: a */'])],
  ['one name, one place', productSources, secondNames, inFile('src/a.ts', ['export default 1', 'export default class A {}', 'export default function f() {}', `export * from './b.ts'`, `export { b } from './b.ts'`])],
]

const title = (text: string): string => (text.length > 80 ? `${text.slice(0, 40).replaceAll('\n', ' ')}…` : text)

describe.each(RULES)('%s', (_, sources, check, breaches) => {
  it('in the whole repository', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap(check)).toEqual([])
  })
  it.each(breaches.map(([path, text]) => [path, title(text), text] as const))('sees in %s: %s', (path, _title, text) => expect(check(parseSource(path, text))).not.toEqual([]))
})

describe('what may look like a breach and is none', () => {
  it.each([
    ['src/risk/a.ts', '// Date.now() is not called here'],
    ['src/risk/a.ts', `const text = 'process.env'`],
    ['src/risk/a.ts', 'const at = new Date(0).toISOString()'],
    ['src/risk/a.ts', 'const a = { process: 1 }.process'],
    ['machines/a.ts', 'const after = 1'],
    ['src/a.ts', long(FUNCTION_LINES_MAX - 2)],
    ['src/a.ts', long(30).replaceAll('f()', '// why\n\nf()')],
  ])('%s: %s', (path, text) => {
    const source = parseSource(path, text)
    expect([...impureCalls(source), ...actingMachines(source), ...longFunctions(source)]).toEqual([])
  })
})

describe('circles of imports', () => {
  const file = (path: string, text: string): SourceFile => parseSource(path, text)
  it('there are none', () => expect(importCycles(productSources, ['value', 'lazy'])).toEqual([]))
  it('sees one of two files and one of three', () => {
    expect(importCycles([file('src/a.ts', `import './b.ts'`), file('src/b.ts', `import './a.ts'`)], ['value'])).toEqual(['src/a.ts → src/b.ts → src/a.ts'])
    expect(importCycles([file('src/a.ts', `import './b.ts'`), file('src/b.ts', `import './c.ts'`), file('src/c.ts', `import('./a.ts')`)], ['value', 'lazy'])).toHaveLength(1)
  })
  it('a type that is erased makes none', () => expect(importCycles([file('src/a.ts', `import './b.ts'`), file('src/b.ts', `import type { A } from './a.ts'`)], ['value'])).toEqual([]))
})

describe('what is installed', () => {
  const manifest = JSON.parse(textOf('package.json')) as Manifest
  const lock = JSON.parse(textOf('package-lock.json')) as Lock
  const nothing: Manifest = { dependencies: {}, devDependencies: {} }

  it('versions are pinned exactly', () => {
    expect(loosePins(manifest)).toEqual([])
    expect(loosePins({ dependencies: { a: '^1.0.0', b: '1.0.0' }, devDependencies: { c: '~1.0.0', d: 'latest' } })).toEqual(['a ^1.0.0', 'c ~1.0.0', 'd latest'])
  })
  it('the lock file describes every package it names, for every platform, without download addresses', () => {
    expect(lockGaps(lock, manifest)).toEqual([])
    expect(lockGaps({ packages: { '': {}, 'node_modules/a': { optionalDependencies: { 'a-arm64': '1.0.0' } } } }, nothing)).toEqual(['node_modules/a needs a-arm64'])
    expect(lockGaps({ packages: { '': {}, 'node_modules/a': { resolved: 'https://example.org/a.tgz' } } }, nothing)).toEqual(['node_modules/a has a download address'])
    expect(lockGaps({ packages: { '': { dependencies: { a: '1.0.0' } }, 'node_modules/a': {} } }, { ...nothing, dependencies: { a: '1.0.1' } })).toEqual(['a differs from package.json'])
    const nested = { '': {}, 'node_modules/a': {}, 'node_modules/a/node_modules/@s/b': { dependencies: { c: '1.0.0', a: '1.0.0' } }, 'node_modules/a/node_modules/c': {} }
    expect(lockGaps({ packages: nested }, nothing)).toEqual([])
  })
  it('every package is known by its hash, and the product\'s by a licence of docs/dependencies.md', () => {
    expect([withoutHash(lock), otherLicences(lock)]).toEqual([[], []])
    expect(withoutHash({ packages: { '': {}, 'node_modules/a': {}, 'node_modules/b': { integrity: 'sha1-x' } } })).toEqual(['node_modules/a', 'node_modules/b'])
    expect(otherLicences({ packages: { '': {}, 'node_modules/a': {}, 'node_modules/b': { license: 'GPL-3.0' }, 'node_modules/c': { license: 'GPL-3.0', dev: true } } })).toEqual(['node_modules/a none', 'node_modules/b GPL-3.0'])
  })
  it('every dependency is imported, and every import is a dependency', () => {
    expect(unusedDependencies(manifest, productSources)).toEqual([])
    expect(undeclaredDependencies(manifest, production)).toEqual([])
    expect(unusedDependencies({ ...nothing, dependencies: { hono: '1.0.0' } }, [parseSource('src/a.ts', `import 'zod'`)])).toEqual(['hono'])
    expect(undeclaredDependencies(nothing, [parseSource('src/a.ts', `import 'zod'`)])).toEqual(['src/a.ts imports zod'])
  })
})

describe('every text of the repository', () => {
  const REGISTRY = /\bregistry\.[\w-]+\.[a-z]+\b/i
  const HOME = /(?:^|[\s"'`(=:])\/(?:home|Users|root|work|workspace|builds)\/[\w.-]+/
  const texts = repositoryFiles.filter((path) => !/\.(gz|png)$/.test(path)).map((path) => ({ path, text: textOf(path) }))

  it('names no package registry', () => {
    expect(texts.flatMap((file) => matches(file, REGISTRY))).toEqual([])
    expect(matches({ path: 'a', text: ['https://registry', 'example', 'org/a'].join('.') }, REGISTRY)).toHaveLength(1)
  })
  it('names no folder of a machine', () => {
    expect(texts.filter(({ text }) => text.includes(ROOT)).map(({ path }) => path)).toEqual([])
    expect(texts.flatMap((file) => matches(file, HOME))).toEqual([])
    expect(matches({ path: 'a', text: `cd ${['', 'home', 'ann', 'loms'].join('/')}` }, HOME)).toHaveLength(1)
  })
  it('has a folder and a file per noun', () => {
    const vague = /(^|\/)(utils?|helpers?|services|common|misc|index\.ts|types\.ts)(\/|$)/
    expect(repositoryFiles.filter((path) => vague.test(path))).toEqual([])
    expect(['src/utils/a.ts', 'src/types.ts', 'src/index.ts'].every((path) => vague.test(path))).toBe(true)
  })
})
