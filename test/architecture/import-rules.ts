/**
 * Who may import whom. Arrows point one way: main → runtime → state → machines → risk, exits → domain; adapters hang on
 * domain. A folder may always import itself.
 */
import type { ImportKind, SourceFile } from './source-file.ts'

type ImportRule = {
  /** Folder or file. The longest that fits a file is its rule. */
  readonly of: string
  /** Folders, files, packages; `node:` stands for all of Node's own modules. */
  readonly may: readonly string[]
  /** Types only. */
  readonly types?: readonly string[]
  /** By `import()` only, when it is needed. */
  readonly lazily?: readonly string[]
}

const CORE = ['src/domain', 'src/risk', 'src/exits', 'machines']

export const IMPORT_RULES: readonly ImportRule[] = [
  { of: 'src/domain', may: ['big.js'] },
  { of: 'src/risk', may: ['src/domain'] },
  { of: 'src/exits', may: ['src/domain'] },
  { of: 'machines', may: ['xstate', 'src/domain', 'src/risk', 'src/exits'] },
  { of: 'state', may: ['src/domain', 'lowdb', 'node:'] },
  { of: 'state/fold.ts', may: ['src/domain', 'machines'] },
  { of: 'state/recover.ts', may: ['src/domain', 'machines'] },
  { of: 'state/replay.ts', may: ['src/domain', 'machines'] },
  { of: 'src/exchange', may: ['src/domain', 'node:'], types: ['ccxt'], lazily: ['ccxt'] },
  { of: 'src/brokers', may: ['src/domain'] },
  { of: 'src/brokers/exchange-live', may: ['src/domain', 'src/exchange', 'node:'], types: ['ccxt'] },
  { of: 'src/prices', may: ['src/domain', 'src/exchange', 'rxjs', 'node:'], types: ['ccxt'] },
  { of: 'src/config', may: ['src/domain', 'src/exits', 'node:'] },
  { of: 'src/alerts', may: ['src/domain', 'src/config', 'node:'], types: ['src/http'] },
  { of: 'src/signals', may: ['src/domain', 'zod'], types: ['src/config', 'src/exits'] },
  { of: 'src/http', may: ['src/domain', 'src/signals', 'src/config', 'hono', '@hono/node-server', 'zod', 'node:'] },
  { of: 'src/runtime', may: [...CORE, 'state', 'src/brokers', 'src/prices', 'src/exchange', 'src/config', 'src/signals', 'src/alerts', 'xstate', 'rxjs', 'pino', 'pino-pretty', 'prom-client', 'node:'], types: ['src/http'] },
  { of: 'src/simulate', may: [...CORE, 'state', 'src/prices', 'src/config', 'src/signals', 'src/runtime', 'node:'] },
  { of: 'src/replay', may: [...CORE, 'state', 'src/runtime', 'src/inspect', 'src/prices/recorded', 'node:'], types: ['src/cli'] },
  { of: 'src/whatif', may: [...CORE, 'state', 'src/prices', 'src/config', 'src/signals', 'src/simulate', 'node:'], types: ['src/cli'] },
  { of: 'src/inspect', may: [...CORE, 'xstate', 'state/canonical.ts', 'state/fold.ts', 'state/replay.ts'], types: ['state'] },
  // Bundled for browsers: what it imports is not installed with the service.
  { of: 'src/page', may: [...CORE, 'src/inspect', 'src/reports/performance.ts', 'src/reports/report-pictures.ts', 'preact', '@preact/signals', 'lightweight-charts', 'virtual:charts'], types: ['src/http', 'state'] },
  { of: 'src/reports', may: [...CORE, 'state', 'node:'], types: ['src/cli'] },
  { of: 'src/cli', may: ['src/domain', 'commander', 'cli-table3', 'picocolors', 'node:'], types: ['src/http', 'src/prices', 'src/reports'], lazily: ['src/demo'] },
  { of: 'src/cli/program.ts', may: ['src/version.ts', 'commander'] },
  { of: 'src/emergency', may: ['src/domain', 'src/config', 'src/signals', 'src/exits', 'src/runtime', 'src/version.ts', 'node:'], types: ['src/cli', 'src/http'] },
  { of: 'src/backup', may: ['state', 'node:'] },
  { of: 'src/checkup', may: [...CORE, 'state', 'src/alerts', 'src/exchange', 'src/brokers/exchange-live', 'src/prices/exchange', 'node:'], types: ['src/cli', 'src/config', 'src/http'] },
  { of: 'src/cli/wiring.ts', may: [], types: ['src/domain', 'src/http'], lazily: ['src/main.ts', 'src/version.ts', 'src/backup', 'src/checkup', 'src/config', 'src/simulate', 'src/replay', 'src/whatif', 'src/reports', 'src/emergency', 'src/exchange-emulator'] },
  { of: 'src/demo', may: ['src/domain', 'src/cli', 'node:'], types: ['src/http'] },
  { of: 'src/exchange-emulator', may: ['src/domain', 'src/prices', 'ws', 'node:'] },
  { of: 'src/exchange-emulator/model', may: ['src/domain', 'src/prices/random.ts'] },
  { of: 'src/main.ts', may: ['src', 'machines', 'state', 'node:'] },
  { of: 'src/version.ts', may: ['node:'] },
  { of: 'scripts', may: ['src', 'machines', 'state', 'xstate', 'hono', '@hono/node-server', 'vite', 'elkjs', 'node:'] },
  { of: 'scripts/bundle.ts', may: ['vite', 'node:'] },
  // The seed runner of the tests, as a command.
  { of: 'scripts/sim.ts', may: ['test/simulation', 'node:'] },
  // The worlds of the live tests, measured.
  { of: 'scripts/naked-time.ts', may: ['test/live', 'src/exchange-emulator', 'node:'] },
  // The example bot stands for any bot: it knows the HTTP API and nothing else.
  { of: 'scripts/bot', may: ['node:'] },
]

const within = (target: string, place: string): boolean => target === place || target.startsWith(place.endsWith(':') ? place : `${place}/`)

/** The folder whose files may import each other freely: `src/risk`, `machines`. */
export const folderOf = (path: string): string => path.split('/').slice(0, path.startsWith('src/') ? 2 : 1).join('/')

const ruleOf = (path: string): ImportRule | undefined => IMPORT_RULES.filter((rule) => within(path, rule.of)).sort((a, b) => b.of.length - a.of.length)[0]

/** Imports that point the wrong way, as `file → target (kind)`. */
export function wrongImports(sources: readonly SourceFile[]): readonly string[] {
  return sources.flatMap(({ path, imports }) => {
    const rule = ruleOf(path)
    if (!rule) return [`${path}: its folder has no rule in import-rules.ts`]
    const own = within(path, 'scripts/bot') ? 'scripts/bot' : folderOf(path)
    const places = (kind: ImportKind): readonly string[] => [own, ...rule.may, ...(kind === 'type' ? (rule.types ?? []) : []), ...(kind === 'lazy' ? (rule.lazily ?? []) : [])]
    return imports.filter(({ target, kind }) => !places(kind).some((place) => within(target, place))).map(({ target, kind }) => `${path} → ${target} (${kind})`)
  })
}

/** Circles of imports, each as the files along it. `kinds`: which imports count. */
export function importCycles(sources: readonly SourceFile[], kinds: readonly ImportKind[]): readonly string[] {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports.filter(({ kind }) => kinds.includes(kind)).map(({ target }) => target)]))
  const finished = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) return void cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (finished.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return cycles
}
