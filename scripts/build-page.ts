/** Builds the operator's page into `dist/page`, unless what is there is newer than everything it is made of. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { positionMachine } from '../machines/position.machine.ts'
import { supervisorMachine } from '../machines/supervisor.machine.ts'
import { layOut } from './chart-layout.ts'

const PAGE = 'src/page'
const OUT = 'dist/page'
const MADE_OF = [PAGE, 'src/inspect', 'src/reports', 'src/domain', 'src/exits', 'src/risk', 'machines', 'state', 'package-lock.json', 'scripts/build-page.ts', 'scripts/chart-layout.ts']

/** When a file, or the newest in a folder, was changed. */
function changedAt(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => (name === 'data' ? 0 : changedAt(join(path, name)))))
}

/** `virtual:charts`: the machines' charts, laid out. */
const charts = (): Plugin => ({
  name: 'charts',
  resolveId: (id) => (id === 'virtual:charts' ? id : undefined),
  load: async (id) => (id === 'virtual:charts' ? `export const charts = ${JSON.stringify({ position: await layOut(positionMachine), supervisor: await layOut(supervisorMachine) })}` : undefined),
})

/** What checks and parameters mean is written for documents; in the page it would only be weight. */
const withoutMeanings = (): Plugin => ({
  name: 'without-meanings',
  enforce: 'pre',
  transform: (code, id) => (/\/src\/(risk|exits)\//.test(id) ? code.replaceAll(/(\b(?:meaning|summary|doc): )'(?:[^'\\]|\\.)*'/g, "$1''") : undefined),
})

// Whoever calls this: packages have builds for development, which are larger.
process.env['NODE_ENV'] = 'production'
const built = join(OUT, 'index.html')
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...MADE_OF.map(changedAt))) {
  // Swapped in whole: a service may be serving the old one, and two may build at once.
  const made = `${OUT}-${process.pid}`
  await build({
    configFile: false,
    root: PAGE,
    logLevel: 'warn',
    plugins: [charts(), withoutMeanings()],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    resolve: { alias: { 'node:crypto': join(process.cwd(), PAGE, 'replay/node-crypto.ts') } },
    build: { rolldownOptions: { checks: { pluginTimings: false } }, outDir: join(process.cwd(), made), emptyOutDir: true, target: 'es2022', modulePreload: false, assetsInlineLimit: 0 },
  })
  rmSync(OUT, { recursive: true, force: true })
  try {
    renameSync(made, OUT)
  } catch {
    // The other one was faster, with the same.
    rmSync(made, { recursive: true, force: true })
  }
}
