/** What LOMS is installed with: the container's steps, the systemd units, the folders they name. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { lintDockerfile, readDockerfile } from '../scripts/container/dockerfile.ts'
import { ServiceWorld } from './http/service-world.ts'

const text = (path: string): string => fs.readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const directory = fs.mkdtempSync(join(tmpdir(), 'loms-units-'))
afterAll(() => fs.rmSync(directory, { recursive: true }))

describe('the Dockerfile', () => {
  const file = text('Dockerfile')
  it('breaks no rule', () => expect(lintDockerfile(readDockerfile(file))).toEqual([]))

  it.each<[what: string, change: (file: string) => string, complaint: RegExp]>([
    ['an image without a version', (each) => each.replaceAll('node:22-bookworm-slim', 'node'), /FROM node.*version/],
    ['the newest image', (each) => each.replaceAll('node:22-bookworm-slim', 'node:latest'), /version/],
    ['root', (each) => each.replace('USER loms\n', ''), /USER/],
    ['root by name', (each) => each.replace('USER loms', 'USER root'), /USER/],
    ['a shell that keeps SIGTERM to itself', (each) => each.replace('CMD ["loms", "serve"]', 'CMD loms serve'), /CMD.*exec form/],
    ['no look at whether it is ready', (each) => each.replace(/HEALTHCHECK.*\n/, ''), /HEALTHCHECK/],
    ['versions that nobody wrote down', (each) => each.replace('npm ci', 'npm install'), /npm ci/],
    ['install scripts of packages', (each) => each.replace('--ignore-scripts ', ''), /ignore-scripts/],
    ['ADD of an address', (each) => each.replace('COPY . .', 'ADD https://example.org/x .'), /ADD/],
    ['a relative WORKDIR', (each) => each.replace('WORKDIR /build', 'WORKDIR build'), /WORKDIR/],
    ['a secret in the image', (each) => each.replace('ENV NODE_ENV', 'ENV API_KEYS=abc NODE_ENV'), /API_KEYS/],
    ['the lock file after the sources', (each) => each.replace('COPY package.json package-lock.json .npmrc ./\n', ''), /package-lock/],
  ])('%s is found', (_, change, complaint) => {
    const broken = change(file)
    expect(broken).not.toBe(file)
    expect(lintDockerfile(readDockerfile(broken)).join('\n')).toMatch(complaint)
  })

  it('leaves secrets and data out of the image', () => {
    const ignored = text('.dockerignore').split('\n')
    for (const path of ['.env', 'node_modules', 'state/data', '.git']) expect(ignored).toContain(path)
  })
})

it('compose lets only this host in, gives the service time to stop, and lets it write only where its data is', () => {
  const compose = text('compose.yaml')
  for (const line of ['      - "127.0.0.1:8000:8000"', '    read_only: true', '    cap_drop: [ALL]', '    security_opt: ["no-new-privileges:true"]', '    env_file: .env']) expect(compose).toContain(`${line}\n`)
  const volume = /VOLUME (\S+)/.exec(text('Dockerfile'))?.[1] ?? ''
  expect(compose).toContain(`      - loms-data:${volume}\n`)
  expect(/DATA_DIR=(\S+)/.exec(text('Dockerfile'))?.[1]?.startsWith(`${volume}/`)).toBe(true)
  expect(Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1])).toBeGreaterThanOrEqual(20)
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
if (!hasSystemd) console.warn('SKIPPED: systemd units, as there is no systemd-analyze here')

describe('the systemd units', () => {
  const units = ['loms.service', 'loms-backup.service', 'loms-backup.timer']
  it.skipIf(!hasSystemd)('are taken by systemd without a word', () => {
    for (const unit of units) {
      // The program and the account are the target machine's.
      const here = text(`deploy/${unit}`).replaceAll('/opt/loms/node_modules/.bin/loms', '/bin/true').replaceAll(/^(User|Group)=.*\n/gm, '')
      fs.writeFileSync(join(directory, unit), here)
    }
    const { stderr, stdout } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units.map((unit) => join(directory, unit))], { encoding: 'utf8', env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' } })
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes(directory) || units.some((unit) => line.startsWith(unit)))).toEqual([])
  })
  it('stop by the signal the service knows, give it time, and write only where its data is', () => {
    const unit = text('deploy/loms.service')
    for (const line of ['KillSignal=SIGTERM', 'ReadWritePaths=/var/lib/loms', 'NoNewPrivileges=true', 'ProtectSystem=strict', 'Restart=on-failure']) expect(unit).toContain(`${line}\n`)
    expect(Number(/TimeoutStopSec=(\d+)/.exec(unit)?.[1])).toBeGreaterThanOrEqual(20)
  })
})

describe('the Grafana dashboard', () => {
  const dashboard = text('deploy/grafana-dashboard.json')
  it('asks for figures that /metrics has, and for no other', async () => {
    const world = await ServiceWorld.start({})
    const { text: metrics } = await world.ask({ method: 'GET', path: '/metrics' })
    await world.stop()
    const served = new Set([...metrics.matchAll(/^# TYPE (\w+) \w+$/gm)].map(([, name]) => name as string))
    const asked = new Set([...dashboard.matchAll(/\b((?:loms|process|nodejs)_\w+)/g)].map(([, name = '']) => name.replace(/_(bucket|sum|count)$/, (suffix) => (served.has(name) ? suffix : ''))))
    expect(asked.size).toBeGreaterThan(10)
    expect([...asked].filter((name) => !served.has(name))).toEqual([])
  })
  it('is a dashboard with a title for every panel and a question in each', () => {
    const { panels } = JSON.parse(dashboard) as { readonly panels: readonly { readonly type: string; readonly title?: string; readonly targets?: readonly { readonly expr?: string }[] }[] }
    expect(panels.filter(({ type, title = '', targets = [] }) => title === '' || (type !== 'row' && targets.every(({ expr = '' }) => expr === '')))).toEqual([])
  })
})
