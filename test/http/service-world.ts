/** The whole service in this process: settings, journal, engine, page and HTTP on a socket; prices stand still. */
import fs from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, type HttpApi } from '../../src/http/app.ts'
import { listen, type Listening } from '../../src/http/server.ts'
import { ServiceApplication } from '../../src/runtime/service-application.ts'
import { ServicePage } from '../../src/runtime/service-page.ts'
import { Service } from '../../src/runtime/service.ts'
import { stateHash } from '../../state/canonical.ts'
import { KNOWN, settingsWith } from '../signals/settings.ts'

export type RawAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly text: string }
export type Sent = { readonly method: string; readonly path: string; readonly headers?: Readonly<Record<string, string | readonly string[]>>; readonly body?: unknown }
type Logged = { readonly level: string; readonly event: string; readonly fields: object }

export class ServiceWorld {
  readonly directory: string
  readonly service: Service
  readonly logged: Logged[]
  readonly #api: HttpApi
  readonly #server: Listening
  readonly #agent = new Agent({ keepAlive: true })

  private constructor(directory: string, service: Service, api: HttpApi, server: Listening, logged: Logged[]) {
    this.directory = directory
    this.service = service
    this.#api = api
    this.#server = server
    this.logged = logged
  }

  static async start(environment: Record<string, string>): Promise<ServiceWorld> {
    const directory = fs.mkdtempSync(join(tmpdir(), 'loms-world-'))
    // No price by itself: between two requests nothing happens.
    const settings = settingsWith({ DATA_DIR: directory, AUTO_CLOSE_INTERVAL_SEC: '86400', AUTO_CLOSE_MIN_AGE_SEC: '0', ...environment })
    const logged: Logged[] = []
    const log = (level: string) => (event: string, fields: object = {}) => void logged.push({ level, event, fields })
    const logger = { info: log('info'), warn: log('warn'), error: log('error') }
    const opened = await Service.open(settings, '1.0.0', logger)
    if (!opened.ok) throw new Error(opened.message)
    const { service } = opened
    const api = createApp({
      application: new ServiceApplication(service), settings, knownExitStrategies: KNOWN, now: () => performance.now(), page: new ServicePage(service, []),
      logger: { error: (fields, message) => logger.error(message, fields) },
    })
    await service.run()
    const server = await listen(api, '127.0.0.1', 0)
    if (!server.ok) throw new Error(server.message)
    return new ServiceWorld(directory, service, api, server, logged)
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    this.#api.endStreams()
    await this.#server.close()
    await this.service.stop()
    fs.rmSync(this.directory, { recursive: true })
  }

  get port(): number {
    return this.#server.port
  }

  /** Everything that a request could have changed, as one text. */
  state(): string {
    const { sequencer, core } = this.service.engine
    return `${sequencer.nextSeq} ${stateHash(core.dump())}`
  }

  /** Sends the path as it is written, without tidying it up. Of a stream only the head is read. */
  ask({ method, path, headers = {}, body }: Sent): Promise<RawAnswer> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: this.port, method, path, agent: this.#agent, headers: { ...length, ...headers } as Record<string, string> }, (response) => {
        const found = (text: string): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          found('')
          response.destroy()
          return
        }
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () => found(Buffer.concat(pieces).toString()))
        response.on('error', reject)
      })
      call.on('error', reject)
      call.end(text)
    })
  }
}
