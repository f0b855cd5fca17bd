/** What the error of a call about an order proves (SPEC L-9; exchange.md §7). */
import ccxt from 'ccxt'
import { describe, expect, it } from 'vitest'
import { BadAnswer } from '../../../src/brokers/exchange-live/answer.ts'
import { messageOf, outcomeOf, venueCode, type Outcome } from '../../../src/brokers/exchange-live/outcome.ts'
import { NotSent, OutOfTime } from '../../../src/exchange/request-scope.ts'
import type { Venue } from '../../../src/exchange/venue.ts'

const bodyOf = (venue: Venue, code: string): string => (venue === 'bybit' ? `{"retCode":${code},"retMsg":"m","result":{},"retExtInfo":{},"time":1}` : `{"code":"${code}","msg":"m","requestTime":1,"data":null}`)
const says = (venue: Venue, code: string): Error => new Error(`${venue} ${bodyOf(venue, code)}`)
const short = (outcome: Outcome): string => (outcome.kind === 'rejected' ? outcome.code : outcome.kind)

describe('the verdict on a code', () => {
  it.each<[Venue, string, string]>([
    ['bybit', '110072', 'exists'], ['bybit', '110030', 'exists'], ['bitget', '40786', 'exists'],
    ['bybit', '110001', 'gone'], ['bybit', '110008', 'gone'], ['bybit', '110010', 'gone'],
    ['bitget', '40109', 'gone'], ['bitget', '40768', 'gone'], ['bitget', '43001', 'gone'], ['bitget', '43025', 'gone'],
    ['bybit', '110017', 'no_position'], ['bitget', '22002', 'no_position'], ['bitget', '40757', 'no_position'], ['bitget', '43023', 'no_position'],
    ['bybit', '110092', 'would_trigger'], ['bybit', '110093', 'would_trigger'],
    ['bitget', '40915', 'would_trigger'], ['bitget', '40916', 'would_trigger'], ['bitget', '40917', 'would_trigger'], ['bitget', '45122', 'would_trigger'],
    ['bybit', '110007', 'insufficient_margin'], ['bitget', '40762', 'insufficient_margin'],
    ['bybit', '110094', 'below_minimum'], ['bitget', '45110', 'below_minimum'], ['bitget', '45111', 'below_minimum'],
    ['bybit', '10002', 'refused'], ['bitget', '40008', 'refused'], ['bybit', '10006', 'refused'], ['bitget', '429', 'refused'], ['bitget', '40099', 'refused'], ['bitget', '41103', 'refused'],
    ['bitget', '40010', 'unresolved'], ['bitget', '40015', 'unresolved'], ['bitget', '40725', 'unresolved'], ['bitget', '45001', 'unresolved'],
    ['bybit', '10000', 'unresolved'], ['bybit', '10016', 'unresolved'], ['bybit', '10429', 'unresolved'], ['bybit', '110079', 'unresolved'], ['bybit', '3400214', 'unresolved'],
    ['bybit', '0', 'unresolved'], ['bitget', '00000', 'unresolved'], ['bybit', '999999', 'unresolved'], ['bitget', '99999', 'unresolved'],
    ['bitget', '110072', 'unresolved'], ['bybit', '40786', 'unresolved'],
  ])('%s %s: %s', (venue, code, verdict) => expect(short(outcomeOf(venue, says(venue, code)))).toBe(verdict))

  /** Rejections that ccxt takes for an error of any kind; each was seen or is documented as one. */
  const BARE: Readonly<Record<Venue, readonly string[]>> = { bybit: ['110063', '110066'], bitget: ['22002', '40757', '43023', '40099', '40308', '40013', '40105', '40714'] }
  const PROVES_NOTHING = new Set(['ExchangeError', 'RequestTimeout', 'ExchangeNotAvailable', 'NetworkError', 'OperationFailed', 'OnMaintenance', 'undefined'])

  it.each<Venue>(['bybit', 'bitget'])('%s: no code that ccxt knows is taken for a refusal unless ccxt, too, sees one or it is named here', (venue) => {
    const known = new ccxt[venue]().exceptions['exact'] as Readonly<Record<string, { readonly name: string }>>
    const wrong = Object.keys(known).filter((code) => {
      const { kind } = outcomeOf(venue, says(venue, code))
      return kind !== 'unresolved' && PROVES_NOTHING.has(known[code]?.name ?? 'undefined') && !BARE[venue].includes(code)
    })
    expect(wrong).toEqual([])
  })
})

describe('the verdict on what is no whole answer', () => {
  it.each<[string, Error]>([
    ['no answer in time', new OutOfTime(1500)],
    ['a ccxt time-out', new Error('bybit POST https://api.bybit.com/v5/order/create request timed out (10000 ms)')],
    ['a reset', new Error('bybit POST https://api.bybit.com/v5/order/create fetch failed')],
    ['a cut body', new TypeError('terminated')],
    ['502', new Error('bybit POST https://api.bybit.com/v5/order/create 502 Bad Gateway <html>429</html>')],
    ['500 with a number in the body', new Error('bitget POST https://api.bitget.com/api/v2/mix/order/place-order 500 Internal Server Error 418')],
    ['404', new Error('bybit POST https://api.bybit.com/v5/order/create 404 Not Found {}')],
    ['400 without a code', new Error('bitget POST https://api.bitget.com/api/v2/mix/order/place-order 400 Bad Request ')],
    ['half a body', new Error('bybit {"retCode":110007,"retMsg":"ab not')],
    ['an answer that is not understood', new BadAnswer('retCode 429')],
    ['success for another order', new BadAnswer('the answer names another order')],
    ['nothing at all', new Error('')],
    ['a port like a status', new Error('bybit POST http://127.0.0.1:429/v5/order/create fetch failed')],
  ])('%s proves nothing', (_what, error) => {
    for (const venue of ['bybit', 'bitget'] as const) expect(outcomeOf(venue, error).kind).toBe('unresolved')
  })

  it.each<[Venue, Error]>([
    ['bybit', new NotSent('its time limit has passed')],
    ['bybit', new Error('bybit POST https://api.bybit.com/v5/order/create 429 Too Many Requests')],
    ['bybit', new Error('bybit POST https://api.bybit.com/v5/order/create 403 Forbidden access too frequent')],
    ['bitget', new Error('bitget POST https://api.bitget.com/api/v2/mix/order/place-order 429 Too Many Requests {"code":"429","msg":"Too Many Requests"}')],
    ['bitget', new Error('bitget POST https://api.bitget.com/api/v2/mix/order/place-order 418 I am a teapot')],
  ])('%s: %s was not carried out', (venue, error) => expect(short(outcomeOf(venue, error))).toBe('refused'))

  it('403 says so on Bybit only', () => expect(outcomeOf('bitget', new Error('bitget POST https://x 403 Forbidden')).kind).toBe('unresolved'))

  it('a long body is read whole, and told in one short line', () => {
    const error = new Error(`bybit {"retCode":110007,"retMsg":"${'x'.repeat(900)}\n","result":{}}`)
    expect(short(outcomeOf('bybit', new Error(error.message.replace('\n', ''))))).toBe('insufficient_margin')
    expect(messageOf(error)).toHaveLength(500)
    expect(messageOf(error)).not.toContain('\n')
  })

  it.each<[unknown, string | null]>([['{"retCode":1}', '1'], ['bybit {"retCode":"7"}', '7'], ['bybit {"retCode":null}', null], ['bybit []', null], ['{', null], ['bybit {}', null]])('the code in %s is %s', (message, code) =>
    expect(venueCode('bybit', String(message))).toBe(code))
})
