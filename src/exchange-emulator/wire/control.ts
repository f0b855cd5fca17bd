/** The emulator's own endpoints under `/_emulator`: prices, faults, acts of the venue, its truth. No keys: it holds no money. */
import { ZERO, decimal, parseDecimal, type Decimal } from '../../domain/decimal.ts'
import type { Account } from '../model/account.ts'
import { equity } from '../model/account.ts'
import type { Behaviour } from '../model/core.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import type { Instrument } from '../model/instrument.ts'
import type { OrderRequest } from '../model/order.ts'
import { text, whole, type Answer, type Params, type WireRequest } from './face.ts'
import type { CallRule, FaultScript, PushRule } from './fault-script.ts'
import type { SeenRequest } from './http-face.ts'
import type { StreamHub } from './stream-hub.ts'

/** Knobs of the wire, besides the model's behaviour. */
export type WireSettings = {
  /** From the arrival of a request to its answer; it is carried out in the middle. */
  latencyMs: number
  /** Added to the venue's clock. */
  clockSkewMs: number
}

export type ControlOptions = {
  readonly model: ExchangeModel
  readonly faults: FaultScript
  readonly hub: StreamHub
  readonly settings: WireSettings
  readonly seen: readonly SeenRequest[]
  readonly now: () => number
}

/** Everything the venue knows, as it is: no lag, no rounding, no venue's words. */
export type EmulatorTruth = {
  readonly now: number
  readonly accounts: readonly {
    readonly id: string
    readonly balance: Decimal
    readonly equity: Decimal
    readonly positions: readonly unknown[]
    readonly orders: readonly unknown[]
    readonly fills: readonly unknown[]
    readonly closed: readonly unknown[]
  }[]
  readonly markets: readonly unknown[]
  readonly connections: number
}

export const truthOf = (model: ExchangeModel, connections: number): EmulatorTruth => ({
  now: model.now,
  accounts: [...model.accounts.values()].map((account) => ({
    id: account.id, balance: account.balance, equity: equity(account, model.markets), leverage: Object.fromEntries(account.leverage),
    marginMode: account.marginMode, positionMode: account.positionMode,
    positions: [...account.positions.values()], orders: [...account.orders.values()], fills: account.fills, closed: account.closed,
  })),
  markets: [...model.markets.values()],
  connections,
})

const good = (body: unknown): Answer => ({ status: 200, body })
const bad = (message: string): Answer => ({ status: 400, body: { error: message } })

const price = (params: Params, name: string): Decimal | undefined => parseDecimal(text(params, name))

function setPrice({ model, now }: ControlOptions, params: Params): Answer {
  const last = price(params, 'last')
  if (last === undefined) return bad('last must be a price, as a string or a number')
  const known = model.quote(text(params, 'symbol') ?? '', {
    last, bid: price(params, 'bid'), ask: price(params, 'ask'), mark: price(params, 'mark'),
  }, now())
  return known ? good({ ok: true }) : bad(`symbol must be one of ${[...model.markets.keys()].join(', ')}`)
}

function addFaults({ faults }: ControlOptions, params: Params): Answer {
  if (params['replace'] === true) faults.clear()
  faults.add(...((params['calls'] ?? []) as CallRule[]))
  faults.addPush(...((params['pushes'] ?? []) as PushRule[]))
  return good(faults.list())
}

function change({ model, hub, settings }: ControlOptions, params: Params): Answer {
  const { latencyMs, clockSkewMs, muted, behaviour } = params as Partial<WireSettings> & { readonly muted?: boolean; readonly behaviour?: Partial<Behaviour> }
  if (latencyMs !== undefined) settings.latencyMs = latencyMs
  if (clockSkewMs !== undefined) settings.clockSkewMs = clockSkewMs
  if (muted !== undefined) hub.muted = muted
  Object.assign(model.behaviour, behaviour)
  return good({ ...settings, muted: hub.muted, behaviour: model.behaviour })
}

type Act = (options: ControlOptions, account: Account, params: Params) => unknown

/** What a venue, a person at its web page, or chance may do to an account. */
const ACTS: Readonly<Record<string, Act>> = {
  'cancel-order': ({ model, now }, { id }, params) => model.cancel(
    id, { id: text(params, 'orderId'), clientId: text(params, 'clientId') }, now(), 'venue',
  ).ok,
  'place-order': ({ model, now }, { id }, params) => model.submit(id, params['order'] as OrderRequest, now()),
  adl: ({ model, now }, { id, positions }, params) => {
    const symbol = text(params, 'symbol') ?? ''
    const held = positions.get(symbol)?.qty.replace('-', '') as Decimal | undefined
    model.deleverage(id, symbol, price(params, 'qty') ?? held ?? ZERO, price(params, 'price') ?? model.quoteOf(symbol)?.mark ?? ZERO, now())
  },
  liquidate: ({ model, now }, { id }, params) => model.liquidate(id, text(params, 'symbol'), now()),
  funding: ({ model, now }, _account, params) => model.fund(text(params, 'symbol') ?? '', price(params, 'rate') ?? decimal('0.0001'), now()),
  'void-fill': ({ model, now }, { id }, params) => model.voidFill(id, text(params, 'fillId') ?? '', now()),
  leverage: ({ model, now }, { id }, params) => model.setLeverage(id, text(params, 'symbol') ?? '', whole(params, 'leverage') ?? 0, now()),
  'position-mode': (_options, account, params) => void (account.positionMode = text(params, 'mode') === 'hedge' ? 'hedge' : 'one_way'),
  balance: (_options, account, params) => void (account.balance = price(params, 'balance') ?? account.balance),
  instrument: ({ model }, _account, params) => model.changeInstrument(text(params, 'symbol') ?? '', params['change'] as Partial<Instrument>),
  disconnect: ({ hub }, _account, params) => hub.disconnect(whole(params, 'code')),
  replay: ({ hub }, _account, params) => hub.replay(text(params, 'topic') ?? '', whole(params, 'count') ?? 10),
}

function act(options: ControlOptions, params: Params): Answer {
  const carryOut = ACTS[text(params, 'act') ?? '']
  const account = options.model.accounts.get(text(params, 'account') ?? [...options.model.accounts.keys()][0] ?? '')
  if (!carryOut) return bad(`act must be one of ${Object.keys(ACTS).join(', ')}`)
  if (!account) return bad(`account must be one of ${[...options.model.accounts.keys()].join(', ')}`)
  options.model.advance(options.now())
  return good({ ok: true, outcome: carryOut(options, account, params) ?? null })
}

/** Answers a request under `/_emulator`. What is written wrongly is said, and ends nothing. */
export function control(options: ControlOptions, request: WireRequest): Answer {
  try {
    return answer(options, request)
  } catch (error) {
    return bad(`not understood: ${(error as Error).message}; see docs/exchange-emulator.md`)
  }
}

function answer(options: ControlOptions, { method, path, params }: WireRequest): Answer {
  switch (`${method} ${path.slice('/_emulator'.length)}`) {
    case 'GET /state':
      options.model.advance(options.now())
      return good(truthOf(options.model, options.hub.connections))
    case 'GET /requests':
      return good(options.seen)
    case 'GET /faults':
      return good(options.faults.list())
    case 'POST /faults':
      return addFaults(options, params)
    case 'DELETE /faults':
      options.faults.clear()
      return good({ ok: true })
    case 'POST /price':
      return setPrice(options, params)
    case 'POST /settings':
      return change(options, params)
    case 'POST /act':
      return act(options, params)
    default:
      return { status: 404, body: { error: 'GET state, requests, faults; POST price, faults, settings, act; DELETE faults' } }
  }
}
