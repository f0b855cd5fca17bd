/**
 * `npm run container-steps`: the steps of the Dockerfile one by one in folders that go away, where no container can be
 * built: what is copied, run and set there, in that order, then its command and its health check. Left out, and said so:
 * base images and accounts. Exit code 1 at the first step that fails.
 */
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lintDockerfile, readDockerfile, type Instruction, type Stage } from './container/dockerfile.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const READY_WITHIN_MS = 60_000
const top = fs.mkdtempSync(join(tmpdir(), 'loms-container-'))
const said = (text: string): void => void process.stdout.write(`${text}\n`)

/** How this machine reaches the package registry. */
const wayOut = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => /^((https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i.test(entry[0])))

/** One image: a folder that stands for its root, where it works, and its environment. */
class Image {
  readonly root: string
  #work = '/'
  #environment: Record<string, string>

  constructor(name: string) {
    this.root = join(top, name)
    fs.mkdirSync(join(this.root, 'tmp'), { recursive: true })
    // Its own home, and so its own cache of packages: a step that empties it empties nobody else's.
    this.#environment = { PATH: process.env['PATH'] ?? '', HOME: join(this.root, 'tmp'), ...wayOut }
  }

  /** A path inside the image, as it is on this machine. */
  place(path: string): string {
    return join(this.root, isAbsolute(path) ? path : join(this.#work, path))
  }
  /** Whole paths in a command's text. */
  #placed(text: string): string {
    return text.replaceAll(/(?<=^|[\s:=])\/(tmp|opt|build|var)(?=\/|\s|$)/g, (path) => join(this.root, path))
  }

  take({ name, rest, line }: Instruction, images: ReadonlyMap<string, Image>): void {
    if (name === 'WORKDIR') fs.mkdirSync(this.place((this.#work = rest)), { recursive: true })
    else if (name === 'ENV') for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) this.#environment[key as string] = this.#placed(value as string).replaceAll('$PATH', this.#environment['PATH'] ?? '')
    else if (name === 'COPY') this.#copy(rest, images)
    else if (name === 'RUN' && /\buseradd\b/.test(rest)) said(`line ${line}: left out, it makes an account: ${rest}`)
    else if (name === 'RUN') this.#run(rest, line)
    else said(`line ${line}: ${name} ${rest.slice(0, 60)}`)
  }

  #copy(rest: string, images: ReadonlyMap<string, Image>): void {
    const [, from, paths = ''] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(rest) ?? []
    const all = paths.split(/\s+/)
    const to = this.place(all.at(-1) as string)
    for (const path of all.slice(0, -1)) {
      const source = from === undefined ? join(top, 'context', path) : (images.get(from) as Image).place(path)
      fs.cpSync(source, fs.existsSync(to) && fs.statSync(to).isDirectory() && !fs.statSync(source).isDirectory() ? join(to, path) : to, { recursive: true })
    }
    said(`copied ${rest}`)
  }

  #run(command: string, line: number): void {
    const begin = performance.now()
    const { status, stdout, stderr } = spawnSync('sh', ['-c', this.#placed(command)], { cwd: this.place('.'), env: this.#environment, encoding: 'utf8' })
    if (status !== 0) throw new Error(`line ${line}: RUN ${command}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`)
    said(`line ${line}: ran in ${((performance.now() - begin) / 1000).toFixed(0)} s: ${command}`)
  }

  /** Its command, until its health check passes. */
  async start(instructions: readonly Instruction[]): Promise<void> {
    const list = (name: string): string[] => JSON.parse(/\[.*\]/.exec(instructions.find((each) => each.name === name)?.rest ?? '[]')?.[0] ?? '[]') as string[]
    const [program = '', ...args] = list('CMD')
    const [probe = '', ...probeArgs] = list('HEALTHCHECK')
    const environment = { ...this.#environment, PORT: '18000', HOST: '127.0.0.1' }
    const child = spawn(program, args, { cwd: this.place('.'), env: environment, stdio: ['ignore', 'ignore', 'inherit'] })
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
    try {
      for (const giveUp = performance.now() + READY_WITHIN_MS; spawnSync(probe, probeArgs, { env: environment }).status !== 0; await sleep(500)) {
        if (child.exitCode !== null || performance.now() > giveUp) throw new Error(`CMD ${program}: the health check does not pass`)
      }
      said('CMD runs, HEALTHCHECK passes')
    } finally {
      child.kill('SIGTERM')
    }
    const code = await exited
    if (code !== 0) throw new Error(`CMD ends with ${code} on SIGTERM`)
    said('it ends with 0 on SIGTERM')
  }
}

/** What is committed, without what .dockerignore names. */
function context(): void {
  const clone = spawnSync('git', ['clone', '--quiet', '--no-local', ROOT, join(top, 'context')], { encoding: 'utf8' })
  if (clone.status !== 0) throw new Error(clone.stderr)
  for (const path of fs.readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter((each) => each !== '' && !each.startsWith('#') && !each.includes('*'))) {
    fs.rmSync(join(top, 'context', path), { recursive: true, force: true })
  }
}

async function play(stages: readonly Stage[]): Promise<void> {
  const images = new Map<string, Image>()
  for (const [index, { as, image, instructions }] of stages.entries()) {
    said(`== FROM ${image}: this machine's Node ${process.version} instead`)
    const here = new Image(as ?? `stage-${index}`)
    images.set(as ?? String(index), here)
    for (const instruction of instructions) here.take(instruction, images)
    if (index === stages.length - 1) await here.start(instructions)
  }
}

try {
  const stages = readDockerfile(fs.readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))
  const wrong = lintDockerfile(stages)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  context()
  await play(stages)
  said('every step of the Dockerfile holds')
} catch (error) {
  process.stderr.write(`FAILED ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  fs.rmSync(top, { recursive: true, force: true })
}
