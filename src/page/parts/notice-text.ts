/** Facts, commands and notices of the journal in words. */
import { duration, money, price, quantity, words } from '../format.ts'

export type Told = { readonly type: string; readonly [detail: string]: unknown }

const number = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

/** How urgent it is. */
export function noticeTone({ type, pnl }: Told): string {
  if (/failed|quarantined|stray|voided|halted|loss-limit/.test(type)) return 'bad'
  if (/blocked|rejected|market-change|unresolved|cancelled|paused|overdue|raised|reconciliation/.test(type)) return 'warn'
  if (type === 'position.closed') return Number(pnl) < 0 ? 'down' : 'up'
  return type === 'position.protected' ? 'ok' : ''
}

/** Steps and limits of a market that changed. */
function changesText(before: unknown, after: unknown): string {
  const [known, now] = [before as Record<string, unknown>, after as Record<string, unknown>]
  return Object.keys(now).filter((name) => known[name] !== now[name]).map((name) => `${name} ${String(known[name])} → ${String(now[name])}`).join(', ')
}

const TEXTS: Readonly<Record<string, (told: Told) => string>> = {
  'risk.blocked': ({ symbol, reason }) => `${text(symbol)} ${text(reason)}`,
  'position.opened': ({ symbol, direction, entryPrice, stopPrice, targetPrice }) => `${text(symbol)} ${text(direction)} at ${price(number(entryPrice))}, stop ${price(number(stopPrice))}${targetPrice === null ? '' : `, target ${price(number(targetPrice))}`}`,
  'position.moved': ({ from, to }) => `${text(from) || 'new'} → ${text(to)}`,
  'position.protected': ({ nakedMs }) => `stop confirmed ${Number(nakedMs)} ms after the fill`,
  'position.cancelled': ({ reason }) => text(reason),
  'position.reduced': ({ role, qty, price: at, openQty }) => `${text(role)} took ${quantity(number(qty))} at ${price(number(at))}; ${quantity(number(openQty))} open`,
  'position.closed': ({ symbol, closePrice, pnl, reason, durationMs }) => `${text(symbol)} at ${price(number(closePrice))} by ${words(text(reason))}: ${money(number(pnl))} USDT after ${duration(Number(durationMs))}`,
  'position.quarantined': ({ error }) => text(error),
  'stop-loss.failed': ({ attempts, error }) => `after ${text(attempts)} attempts: ${text(error)}`,
  'take-profit.failed': ({ error }) => text(error),
  'close.failed': ({ attempts, error }) => `after ${text(attempts)} attempts: ${text(error)}`,
  'fact.ignored': ({ fact, reason }) => `${text(fact)}: ${text(reason)}`,
  'signal.answered': ({ answer }) => answerText(answer as Told | undefined),
  'signal.received': ({ signal, duplicateOf }) => `${signalText(signal as Told | undefined)}${duplicateOf === null ? '' : ` (repeats ${text(duplicateOf)})`}`,
  'order.submit': ({ role, side, orderType, qty, price: at }) => `${text(role)}: ${text(orderType)} ${text(side)} ${quantity(number(qty))}${at === null ? '' : ` at ${price(number(at))}`}`,
  'order.replace': ({ replacement }) => `with ${TEXTS['order.submit']?.(replacement as Told) ?? ''}`,
  'order.filled': ({ qty, price: at, liquidity, fee }) => `${quantity(number(qty))} at ${price(number(at))}, ${text(liquidity)}, fee ${quantity(number(fee))}`,
  'order.rejected': ({ code, message }) => `${text(code)}: ${text(message)}`,
  'order.unresolved': ({ message }) => text(message),
  'position.reported': ({ qty }) => `the venue holds ${quantity(number(qty))}`,
  'price.crossed': ({ key, price: at }) => `${text(key)} at ${price(number(at))}`,
  'price.peaked': ({ symbol, high, low }) => `${text(symbol)} high ${price(number(high))}, low ${price(number(low))}`,
  'equity.marked': ({ marks }) => (marks as readonly (readonly [string, string])[]).map(([symbol, at]) => `${symbol} ${price(Number(at))}`).join(', '),
  'deadline.passed': ({ name, price: at }) => `${text(name)}${at === null ? '' : ` at ${price(number(at))}`}`,
  'exit.requested': ({ reason, qty, note }) => `${text(reason)}${qty === null ? '' : ` of ${quantity(number(qty))}`}${note ? `: ${text(note)}` : ''}`,
  'levels.requested': ({ stopPrice, targetPrice, note }) => `${stopPrice === undefined ? '' : `stop ${price(number(stopPrice))} `}${targetPrice === undefined ? '' : `target ${price(number(targetPrice))}`}${note ? `: ${text(note)}` : ''}`,
  'position.adopted': ({ symbol, direction, qty, price: at, stopPrice }) => `${text(symbol)} ${text(direction)} ${quantity(number(qty))} at ${price(number(at))}, stop ${price(number(stopPrice))}`,
  'trading.paused': ({ reason }) => text(reason),
  'trading.resumed': ({ reason }) => text(reason),
  'trading.halted': ({ reason }) => text(reason),
  'trading.changed': ({ from, to, reason, automatic }) => `${from === to ? '' : `${text(from)} → `}${text(to)}${automatic ? ' by a loss limit' : ''}${reason ? `: ${text(reason)}` : ''}`,
  'kill-switch.armed': ({ balance, reason }) => `${balance === null ? '' : `with ${quantity(number(balance))} USDT: `}${text(reason)}`,
  'loss-limit.reached': ({ reason }) => text(reason),
  'risk.noted': ({ symbol, reason }) => `${text(symbol)} ${text(reason)}`,
  'strategy.rated': ({ strategy, eligible, trades, net }) => `${text(strategy)} ${eligible ? 'may' : 'may not'} open live: ${text(trades)} trades, ${money(number(net))} USDT`,
  'reconciliation.found': ({ findings }) => findingsText(findings),
  'account.compared': ({ findings }) => findingsText(findings),
  'condition.raised': ({ kind, subject, detail }) => `${text(kind)} ${text(subject)} ${text(detail)}`,
  'condition.cleared': ({ kind, subject }) => `${text(kind)} ${text(subject)}`,
  'position.overdue-noticed': ({ symbol, hours }) => `${text(symbol)} is open for more than ${text(hours)} h`,
  'position.reduced-externally': ({ cause, qty, price: at }) => `${quantity(number(qty))} at ${price(number(at))} by ${text(cause)}`,
  'market-change.noticed': ({ from, to }) => changesText(from, to),
  'market.changed': ({ from, to }) => changesText(from, to),
  'voided-fill.noticed': ({ role, qty, price: at }) => `${quantity(number(qty))} at ${price(number(at))}${role === null ? '' : ` of its ${text(role)}`} never counted, the exchange says`,
  'fill.voided': ({ qty, price: at, tradeId }) => `${quantity(number(qty))} at ${price(number(at))}, trade ${text(tradeId)}`,
  'stray-fill.noticed': ({ clientOrderId, qty }) => `${quantity(number(qty))} by ${text(clientOrderId)}, which LOMS did not expect any more`,
  'settings.changed': () => 'the settings of the run that begins here',
  'funding.settled': ({ amount: paid }) => `${money(number(paid))} USDT`,
  'price.pinned': ({ price: at }) => (at === null ? 'released' : price(number(at))),
  'run.started': ({ version }) => `version ${text(version)}`,
  'run.reconciled': () => 'compared with the broker; signals are taken from here on',
  'run.stopping': () => 'asked to stop; open positions keep their stops at the broker',
  'fact.failed': ({ failedSeq, error }) => `record ${text(failedSeq)}: ${text(error)}`,
}

function findingsText(findings: unknown): string {
  const found = findings as readonly { readonly kind: string; readonly symbol: string; readonly expected: string; readonly found: string }[]
  return found.length === 0 ? 'LOMS and the exchange agree again' : found.map(({ kind, symbol, expected, found: there }) => `${kind} ${symbol}: LOMS ${quantity(Number(expected))}, exchange ${quantity(Number(there))}`).join('; ')
}

function answerText(answer: Told | undefined): string {
  if (!answer) return ''
  if (answer['position_id'] !== undefined) return `position ${text(answer['position_id'])}`
  return text(answer['risk_reason']) || text(answer['reason'])
}
const signalText = (signal: Told | undefined): string => (signal ? `${text(signal['symbol'])} ${text(signal['direction'])} at ${price(number(signal['price']))}, ${text(signal['strategy'])}` : '')

/** What a record says beside its type. */
export const noticeText = (told: Told): string => TEXTS[told.type]?.(told) ?? (text(told['clientOrderId']) || '')
