/** Rules about what is installed: exact versions, a complete lock file, nothing that nobody imports. */
import type { SourceFile } from './source-file.ts'

type Versions = Readonly<Record<string, string>>
export type Manifest = { readonly dependencies: Versions; readonly devDependencies: Versions }
type LockEntry = {
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  /** Not installed with the product. */
  readonly dev?: boolean
  readonly dependencies?: Versions
  readonly devDependencies?: Versions
  readonly optionalDependencies?: Versions
}
export type Lock = { readonly packages: Readonly<Record<string, LockEntry>> }

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

export const loosePins = ({ dependencies, devDependencies }: Manifest): readonly string[] =>
  Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => (EXACT.test(version) ? [] : [`${name} ${version}`]))

/**
 * Packages that the lock file names and does not describe: `npm ci` then fails on the platform that needs them. Also
 * download addresses, which differ from place to place, and a lock file that is older than package.json.
 */
export function lockGaps({ packages }: Lock, manifest: Manifest): readonly string[] {
  const wanted = Object.entries(packages).flatMap(([path, entry]) => {
    const names = Object.keys({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
    const missing = names.filter((name) => !searchPlaces(path, name).some((place) => packages[place] !== undefined))
    return [...missing.map((name) => `${path || 'package.json'} needs ${name}`), ...(entry.resolved === undefined ? [] : [`${path} has a download address`])]
  })
  const root = packages['']
  const stale = [...Object.entries(manifest.dependencies), ...Object.entries(manifest.devDependencies)].filter(
    ([name, version]) => (root?.dependencies?.[name] ?? root?.devDependencies?.[name]) !== version,
  )
  return [...wanted, ...stale.map(([name]) => `${name} differs from package.json`)]
}

/** Packages whose content nobody could tell from another's. */
export const withoutHash = ({ packages }: Lock): readonly string[] => Object.entries(packages).flatMap(([path, { integrity }]) => (path === '' || integrity?.startsWith('sha512-') ? [] : [path]))

/** Those of docs/dependencies.md. */
const LICENCES = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])

/** What is installed with the product under another licence. */
export const otherLicences = ({ packages }: Lock): readonly string[] =>
  Object.entries(packages).flatMap(([path, { license = 'none', dev }]) => (path === '' || dev === true || LICENCES.has(license) ? [] : [`${path} ${license}`]))

/** Where Node looks for a package, seen from another one: beside it, then further up. */
function searchPlaces(path: string, name: string): readonly string[] {
  if (path === '') return [`node_modules/${name}`]
  const above = path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))
  return [`${path}/node_modules/${name}`, ...searchPlaces(above, name)]
}

/** Packages in `dependencies` that no product file names. */
export const unusedDependencies = ({ dependencies }: Manifest, sources: readonly SourceFile[]): readonly string[] =>
  Object.keys(dependencies).filter((name) => !sources.some((source) => source.imports.some(({ target }) => target === name) || source.text.includes(`resolve('${name}/`)))

/** Packages that product files import and a production install does not have. */
export function undeclaredDependencies({ dependencies }: Manifest, sources: readonly SourceFile[]): readonly string[] {
  const isPackage = (target: string): boolean => !target.includes(':') && !/^(src|machines|state|scripts)(\/|$)/.test(target)
  return sources.flatMap(({ path, imports }) => imports.filter(({ target }) => isPackage(target) && dependencies[target] === undefined).map(({ target }) => `${path} imports ${target}`))
}
