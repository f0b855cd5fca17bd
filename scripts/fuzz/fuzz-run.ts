/** One run: a real service, requests in batches, and after each batch a look at the journal, the loop and the memory. */
import { readFileSync } from 'node:fs'
import { Client, type Answer, type Silence } from './client.ts'
import { describedRequest, type Description, type FuzzRequest, type Keys } from './described-requests.ts'
import { Dice } from './dice.ts'
import { Judge, statusesOf } from './judge.ts'
import { rawRequest, type RawRequest } from './raw-requests.ts'

export type FuzzOptions = {
  readonly port: number
  readonly pid: number
  readonly seed: number
  readonly from: number
  readonly requests: number
  readonly keys: Keys
  readonly description: Description
  readonly secrets: readonly string[]
  readonly onBatch: (done: number) => void
}
export type Violation = { readonly index: number; readonly what: string; readonly request: string }
export type FuzzResult = {
  requests: number
  raw: number
  sentAgain: number
  /** Refused requests after which the journal was seen to be as before. */
  refusalsProven: number
  /** Records that nothing explained and that did not come again with the same requests. */
  readonly notSeenAgain: string[]
  readonly statuses: Record<string, number>
  /** Longest delay of the service's event loop in milliseconds. */
  loopDelayMs: number
  rssBeforeMb: number
  rssAfterMb: number
  readonly violations: Violation[]
}

const BATCH = 100
/** Every so many batches one consists of raw requests, most of which take a while to be over. */
const RAW_EVERY = 7
/** After so many batches trading is put in order again: somebody may have panicked. */
const RESTORE_EVERY = 10
/** A batch that takes this much of the service's processor has one request in it that is too dear. */
const DEAR_MS = 1200
const SETTLE_READS = 200

type Probe = { readonly index: number; readonly described: FuzzRequest | null; readonly raw: RawRequest | null }
type Outcome = { readonly probe: Probe; readonly accepted: boolean; readonly problems: readonly string[] }

export class FuzzRun {
  readonly #options: FuzzOptions
  readonly #client: Client
  readonly #judge: Judge
  readonly result: FuzzResult = { requests: 0, raw: 0, sentAgain: 0, refusalsProven: 0, notSeenAgain: [], statuses: {}, loopDelayMs: 0, rssBeforeMb: 0, rssAfterMb: 0, violations: [] }

  constructor(options: FuzzOptions) {
    this.#options = options
    this.#client = new Client(options.port)
    this.#judge = new Judge(options.description, options.secrets)
  }

  async run(): Promise<FuzzResult> {
    const { from, requests, onBatch } = this.#options
    await this.#restore()
    this.result.rssBeforeMb = this.#rssMb()
    for (let at = from, batch = 0; at < from + requests; at += BATCH, batch += 1) {
      if (batch % RESTORE_EVERY === RESTORE_EVERY - 1) await this.#restore()
      await this.#batch(Array.from({ length: Math.min(BATCH, from + requests - at) }, (_, offset) => this.#probe(at + offset)))
      // What comes after many of them says nothing new.
      if (this.result.violations.length > 50) break
      onBatch(at + BATCH - from)
    }
    this.result.rssAfterMb = this.#rssMb()
    this.#client.close()
    return this.result
  }

  #probe(index: number): Probe {
    const { seed, keys, description } = this.#options
    const dice = new Dice(seed, index)
    if (Math.floor(index / BATCH) % RAW_EVERY === RAW_EVERY - 1) return { index, described: null, raw: rawRequest(dice, index, keys) }
    return { index, described: describedRequest(dice, index, description, keys), raw: null }
  }

  async #batch(probes: readonly Probe[]): Promise<void> {
    const before = await this.#quietSeq()
    const cpu = this.#cpuMs()
    const outcomes = await Promise.all(probes.map((probe) => this.#send(probe)))
    this.result.requests += probes.length
    const used = this.#cpuMs() - cpu
    for (const { probe, problems } of outcomes) for (const what of problems) this.#violation(probe, what)
    if (used > DEAR_MS) await this.#findDear(probes)
    await this.#proveRefusals(outcomes, before)
    await this.#lookAtLoop()
  }

  /** Whatever was refused has left no record. With accepted requests among them those that could have left one are sent again, alone. */
  async #proveRefusals(first: readonly Outcome[], before: number): Promise<void> {
    let outcomes = first
    let seq = before
    for (let round = 0; round < 4; round += 1) {
      const clean = outcomes.every(({ accepted }) => !accepted)
      const refused = outcomes.filter(({ accepted, probe }) => !accepted && (clean || probe.described?.method !== 'GET')).map(({ probe }) => probe)
      const after = await this.#quietSeq()
      if (clean) {
        this.result.refusalsProven += refused.length
        if (after !== seq) await this.#findCulprit(refused, seq)
        return
      }
      seq = after
      this.result.sentAgain += refused.length
      outcomes = await Promise.all(refused.map((probe) => this.#send(probe)))
    }
  }

  async #findCulprit(probes: readonly Probe[], seen: number): Promise<void> {
    const records = await this.#recordsAfter(seen)
    for (const probe of probes) {
      const before = await this.#quietSeq()
      const { accepted } = await this.#send(probe)
      if (!accepted && (await this.#quietSeq()) !== before) return this.#violation(probe, `is refused, and changes the journal: ${await this.#recordsAfter(before)}`)
    }
    // None alone: once more all together. What came too late from an earlier batch does not come again.
    const before = await this.#quietSeq()
    const outcomes = await Promise.all(probes.map((probe) => this.#send(probe)))
    const [probe] = probes
    const again = (await this.#quietSeq()) !== before && outcomes.every(({ accepted }) => !accepted)
    if (again && probe) this.#violation(probe, `one of this and the next ${probes.length - 1} is refused and changes the journal: ${await this.#recordsAfter(before)}`)
    else this.result.notSeenAgain.push(records)
  }

  async #recordsAfter(seq: number): Promise<string> {
    const { records } = JSON.parse((await this.#own('GET', '/page/journal?limit=10')).text) as { records: readonly { readonly seq: number; readonly body: { readonly type: string } }[] }
    return records.filter((record) => record.seq > seq).map(({ body }) => JSON.stringify(body).slice(0, 200)).join(', ')
  }

  async #findDear(probes: readonly Probe[]): Promise<void> {
    for (const probe of probes) {
      const before = this.#cpuMs()
      await this.#send(probe)
      const used = this.#cpuMs() - before
      if (used > DEAR_MS / 8) this.#violation(probe, `takes ${used} ms of the processor`)
    }
  }

  async #send(probe: Probe): Promise<Outcome> {
    const { described, raw } = probe
    if (raw) return this.#sendRaw(probe, raw)
    if (!described) return { probe, accepted: false, problems: [] }
    const answer = await this.#client.send(described)
    if ('silence' in answer) return { probe, accepted: described.method !== 'GET', problems: [`is not answered: ${answer.silence}`] }
    this.#count(answer.status)
    const changes = described.method === 'POST' || described.method === 'DELETE'
    // 503 says: not yet known.
    return { probe, accepted: changes && (answer.status < 400 || answer.status === 503), problems: this.#judge.answered(described, answer) }
  }

  async #sendRaw(probe: Probe, raw: RawRequest): Promise<Outcome> {
    this.result.raw += 1
    const received = await this.#client.raw(raw)
    const statuses = statusesOf(received)
    for (const status of statuses) this.#count(status)
    if (statuses.length === 0) this.#count(0)
    // What was not answered may have been accepted all the same.
    const accepted = raw.end === 'reset' || raw.what === 'pipelined' || statuses.length === 0 || statuses.some((status) => status < 400)
    return { probe, accepted, problems: this.#judge.raw(raw, received) }
  }

  #count(status: number): void {
    const name = status === 0 ? 'closed without an answer' : String(status)
    this.result.statuses[name] = (this.result.statuses[name] ?? 0) + 1
  }

  #violation({ index, described, raw }: Probe, what: string): void {
    const shown = raw ? `raw (${raw.what}) ${JSON.stringify(Buffer.concat(raw.pieces).toString('latin1').slice(0, 300))}` : `${described?.method} ${described?.path.slice(0, 200)} ${JSON.stringify(described?.headers).slice(0, 300)} ${described?.body?.toString().slice(0, 300) ?? ''}`
    this.result.violations.push({ index, what, request: shown })
  }

  /** Seq of the last record once nothing more comes by itself. */
  async #quietSeq(): Promise<number> {
    let last = -1
    for (let reads = 0; reads < SETTLE_READS; reads += 1) {
      await this.#own('GET', '/positions?limit=1')
      const seq = (JSON.parse((await this.#own('GET', '/health')).text) as { store: { durableSeq: number } }).store.durableSeq
      if (seq === last) return seq
      last = seq
    }
    throw new Error('the journal does not come to rest')
  }

  async #restore(): Promise<void> {
    const why = '{"reason":"fuzz"}'
    for (const [path, body] of [['/control/reset-kill-switch', why], ['/control/resume', why], ['/market/price/100', null]] as const) await this.#own('POST', path, body)
    const { seed } = this.#options
    for (let number = 0; number < 3; number += 1) {
      const timestamp = new Date(Date.UTC(2020, 0, 1) + (this.result.requests * 3 + number + (seed % 1000) * 1e7) * 1000).toISOString()
      await this.#own('POST', '/signals/bounce', JSON.stringify({ symbol: 'BTCUSDT', side: 'long', price: 100, qty: 0.01, timestamp }))
    }
  }

  /** A request of the run itself, which must succeed. */
  async #own(method: string, path: string, body: string | null = null): Promise<Answer> {
    const answer: Answer | Silence = await this.#client.send({ method, path, headers: { 'x-api-key': this.#options.keys.all, ...(body ? { 'content-length': String(body.length) } : {}) }, body: body === null ? null : Buffer.from(body) })
    if ('silence' in answer || answer.status >= 400) throw new Error(`${method} ${path} of the run itself was answered ${JSON.stringify(answer).slice(0, 300)}`)
    return answer
  }

  async #lookAtLoop(): Promise<void> {
    const { text } = await this.#own('GET', '/metrics')
    const seconds = Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1] ?? 0)
    this.result.loopDelayMs = Math.max(this.result.loopDelayMs, Math.round(seconds * 1000))
  }

  #rssMb(): number {
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#options.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  }

  /** Processor time of the service so far; the kernel counts in steps of 10 ms. */
  #cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#options.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }
}
