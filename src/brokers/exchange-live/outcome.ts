/**
 * What a failed call proves. By an own table of venue codes whose default is "nothing": the class of a ccxt error lies in
 * both directions (exchange.md §7; reliability.md decision 13).
 */
import { BadAnswer } from './answer.ts'
import { NotSent } from '../../exchange/request-scope.ts'
import type { Venue } from '../../exchange/venue.ts'
import type { RejectionCode } from '../../domain/order.ts'

/**
 * `rejected`: the venue (or our own gate) definitely refused; nothing happened. `exists`: an order with this client id is
 * there already. `gone`: the order to be cancelled is not open any more. `unresolved`: nothing is proven.
 */
export type Outcome =
  | { readonly kind: 'rejected'; readonly code: RejectionCode; readonly message: string }
  | { readonly kind: 'exists' | 'gone' | 'unresolved'; readonly message: string }

type Verdict = RejectionCode | 'exists' | 'gone'

/** bybit.com API v5 "Error Codes", as mapped in ccxt 4.5.84; 110072 and 10016 as measured (exchange.md §7). */
const BYBIT: Readonly<Record<string, Verdict>> = {
  '10001': 'refused', '10002': 'refused', '10003': 'refused', '10004': 'refused', '10005': 'refused', '10006': 'refused', '10008': 'refused', '10009': 'refused',
  '10010': 'refused', '10017': 'refused', '10018': 'refused', '10024': 'refused', '10027': 'refused', '10029': 'refused', '10403': 'refused',
  '110001': 'gone', '110003': 'refused', '110004': 'insufficient_margin', '110005': 'refused', '110006': 'insufficient_margin', '110007': 'insufficient_margin',
  '110008': 'gone', '110009': 'refused', '110010': 'gone', '110011': 'refused', '110012': 'insufficient_margin', '110013': 'refused', '110014': 'insufficient_margin',
  '110015': 'refused', '110016': 'refused', '110017': 'no_position', '110018': 'refused', '110020': 'refused', '110021': 'refused', '110022': 'refused', '110023': 'refused',
  '110030': 'exists', '110031': 'refused', '110032': 'refused', '110040': 'refused', '110044': 'insufficient_margin', '110045': 'insufficient_margin',
  '110051': 'insufficient_margin', '110052': 'insufficient_margin', '110055': 'refused', '110056': 'refused', '110057': 'refused', '110058': 'refused', '110061': 'refused',
  '110063': 'refused', '110064': 'refused', '110065': 'refused', '110066': 'refused', '110072': 'exists', '110074': 'refused', '110090': 'refused',
  '110092': 'would_trigger', '110093': 'would_trigger', '110094': 'below_minimum', '110095': 'refused', '110096': 'refused', '110097': 'refused',
}

/** bitget.com "Futures / RestAPI Error code" as mapped in ccxt 4.5.84; bare ones as measured (exchange.md §7). */
const BITGET: Readonly<Record<string, Verdict>> = {
  '429': 'refused', '22002': 'no_position',
  '40001': 'refused', '40002': 'refused', '40003': 'refused', '40004': 'refused', '40005': 'refused', '40006': 'refused', '40007': 'refused', '40008': 'refused', '40009': 'refused',
  '40011': 'refused', '40012': 'refused', '40013': 'refused', '40014': 'refused', '40016': 'refused', '40017': 'refused', '40018': 'refused', '40019': 'refused', '40020': 'refused',
  '40034': 'refused', '40305': 'refused', '40308': 'refused', '40036': 'refused', '40037': 'refused', '40038': 'refused', '40099': 'refused', '40102': 'refused', '40103': 'refused', '40105': 'refused', '40109': 'gone',
  '40700': 'refused', '40705': 'refused', '40706': 'refused', '40707': 'refused', '40708': 'refused', '40714': 'refused', '40754': 'insufficient_margin', '40756': 'insufficient_margin',
  '40757': 'no_position', '40759': 'refused', '40760': 'refused', '40761': 'refused', '40762': 'insufficient_margin', '40768': 'gone', '40774': 'refused', '40786': 'exists',
  '40808': 'refused', '40815': 'refused', '40816': 'refused', '40817': 'refused', '40818': 'refused', '40820': 'refused', '40821': 'refused', '40836': 'refused', '40837': 'refused', '40838': 'refused',
  '40889': 'refused', '40912': 'refused', '40915': 'would_trigger', '40916': 'would_trigger', '40917': 'would_trigger', '40923': 'refused',
  '41103': 'refused', '43001': 'gone', '43011': 'refused', '43012': 'insufficient_margin', '43023': 'no_position', '43025': 'gone', '43027': 'below_minimum', '43034': 'refused',
  '45110': 'below_minimum', '45111': 'below_minimum', '45112': 'refused', '45113': 'refused', '45115': 'refused', '45116': 'refused', '45117': 'refused', '45122': 'would_trigger',
  '400172': 'refused', '400173': 'refused',
}

const TABLES: Record<Venue, Readonly<Record<string, Verdict>>> = { bybit: BYBIT, bitget: BITGET }

/** HTTP statuses that say the request was not carried out (429 and Bybit's 403: rate limit; 418: ban). */
const NOT_CARRIED_OUT = new Set([418, 429])

/** What the error of a call about an order proves. */
export function outcomeOf(venue: Venue, error: unknown): Outcome {
  const message = messageOf(error)
  if (error instanceof NotSent) return { kind: 'rejected', code: 'refused', message }
  // An answer of success that makes no sense: numbers in it are no codes.
  if (error instanceof BadAnswer) return { kind: 'unresolved', message }
  const code = venueCode(venue, error instanceof Error ? error.message : message)
  const verdict = code === null ? undefined : TABLES[venue][code]
  if (verdict === undefined) return httpStatus(message, venue) ? { kind: 'rejected', code: 'refused', message } : { kind: 'unresolved', message }
  return verdict === 'exists' || verdict === 'gone' ? { kind: verdict, message } : { kind: 'rejected', code: verdict, message }
}

/** The venue's own code in an error's text: ccxt ends it with the body. Null: no whole answer of the venue. */
export function venueCode(venue: Venue, message: string): string | null {
  const start = message.indexOf('{')
  if (start === -1) return null
  try {
    const body: unknown = JSON.parse(message.slice(start))
    const code = (body as Readonly<Record<string, unknown>>)[venue === 'bybit' ? 'retCode' : 'code']
    return typeof code === 'string' || typeof code === 'number' ? String(code) : null
  } catch {
    return null
  }
}

/** ccxt writes `<id> <status> <reason> <body>` or `<id> <method> <url> <status> …` where the status alone decides. */
function httpStatus(message: string, venue: Venue): boolean {
  const status = Number(/\b(4\d\d|5\d\d)\b/.exec(message.replace(/https?:\/\/\S+/g, ''))?.[1])
  return NOT_CARRIED_OUT.has(status) || (venue === 'bybit' && status === 403)
}

/** At most one line of 500 characters; bodies can be whole HTML pages. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error)).replace(/\s+/g, ' ').slice(0, 500)
