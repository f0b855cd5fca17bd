/** An engine, a desk and a chat, on a clock that tests move; the Bot API is a real server. */
import { AlertDesk } from '../../src/alerts/alert-desk.ts'
import type { Channel } from '../../src/alerts/channel.ts'
import type { Observed } from '../../src/alerts/condition-watch.ts'
import { TelegramApi } from '../../src/alerts/telegram-api.ts'
import { TelegramChannel } from '../../src/alerts/telegram-channel.ts'
import { EngineWorld } from '../support/engine-world.ts'

export const TOKEN = '123456789:canary-token-of-the-bot-0001'

export class DeskWorld {
  readonly world = new EngineWorld({ MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', PRICE_SOURCE: 'simulator' })
  readonly logged: { readonly event: string; readonly fields: object }[] = []
  readonly #channels: readonly Channel[]
  desk: AlertDesk
  observed: readonly Observed[] = []
  journalTrouble: string | null = null
  #told = 0

  constructor(origin: string, more: readonly Channel[] = []) {
    this.#channels = [new TelegramChannel(new TelegramApi(TOKEN, origin), '42', 'test'), ...more]
    this.desk = this.#make()
    this.world.settle()
  }

  get now(): number {
    return this.world.clock.now()
  }

  /** A new process on the same journal. */
  restart(): void {
    this.desk = this.#make()
    this.#told = this.world.store.describe().durableSeq
  }

  /** Lets time pass in steps; what became durable is told, what is due is sent. */
  async pass(ms: number, step = 500): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      this.world.clock.moveTo(this.now + step)
      await this.beat()
    }
  }

  async beat(): Promise<void> {
    this.world.settle()
    this.#tell()
    this.desk.tick(this.now)
    await this.desk.settled()
    this.world.settle()
    this.#tell()
  }

  #tell(): void {
    for (const record of this.world.store.read(this.#told + 1, Infinity)) {
      this.#told = record.seq
      if (record.kind === 'notice') this.desk.notice({ seq: record.seq, at: record.at, notice: record.body })
    }
  }

  #make(): AlertDesk {
    const { engine, store } = this.world
    const read = function* (seq: number) {
      for (const record of store.read(seq + 1, Infinity)) if (record.kind === 'notice') yield { seq: record.seq, at: record.at, notice: record.body }
    }
    return new AlertDesk(
      this.#channels,
      {
        noticesAfter: read,
        durableSeq: () => engine.sequencer.durableSeq,
        deliveredUpTo: (lane) => engine.core.alerts.deliveredUpTo(lane),
        accept: (fact) => void engine.accept(fact),
        observed: () => this.observed,
        standing: () => [...engine.core.alerts.standing],
        journalTrouble: () => this.journalTrouble,
        about: () => undefined,
        dayText: () => 'alive',
        log: (_level, event, fields) => void this.logged.push({ event, fields }),
      },
      this.world.clock.now(),
    )
  }
}
