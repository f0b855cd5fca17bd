/** Settings of the risk engine: the part of the table in `schema.ts` that limits an account. */
import { above, boolean, choice, count, limit, per, text, whole } from './kinds.ts'
import type { Setting } from './setting.ts'

export const LIMITS = [
  { name: 'MAX_OPEN_POSITIONS', group: 'Limits', kind: count, byDefault: per('10', '10', '1'), risk: true, doc: 'Open positions of the account.' },
  {
    name: 'MAX_OPEN_POSITIONS_PER_SYMBOL', group: 'Limits', kind: count, byDefault: per('3', '1', '1'), risk: true,
    doc: 'Open positions on one symbol.',
  },
  {
    name: 'MAX_SIZE_PER_POSITION_USDT', group: 'Limits', kind: limit, unit: 'USDT', byDefault: per('100000', '1000', '25'), risk: true,
    doc: 'Notional (price × quantity) of one position.',
  },
  {
    name: 'MAX_EXPOSURE_PER_SYMBOL_USDT', group: 'Limits', kind: limit, unit: 'USDT', byDefault: '', risk: true,
    doc: 'Sum of the notionals on one symbol.',
  },
  {
    name: 'MAX_EXPOSURE_PER_STRATEGY_USDT', group: 'Limits', kind: limit, unit: 'USDT', byDefault: '', risk: true,
    doc: 'Sum of the notionals of one strategy.',
  },
  {
    name: 'MAX_EXPOSURE_PER_ACCOUNT_USDT', group: 'Limits', kind: limit, unit: 'USDT', byDefault: '', risk: true,
    doc: 'Sum of the notionals of the account.',
  },
  {
    name: 'MAX_SAME_DIRECTION_PER_GROUP', group: 'Limits', kind: count, byDefault: per('', '', '2'), risk: true,
    doc: 'Positions in one direction within a group of symbols.',
  },
  {
    name: 'SYMBOL_GROUPS', group: 'Limits', kind: text('symbols joined by +, groups separated by commas: BTCUSDT+ETHUSDT,SOLUSDT+AVAXUSDT', /^[A-Za-z0-9.:/_-]+(\+[A-Za-z0-9.:/_-]+)*(,[A-Za-z0-9.:/_-]+(\+[A-Za-z0-9.:/_-]+)*)*$/, true),
    byDefault: '', doc: 'Symbols that move together. Those in no group form one of their own; empty: all symbols are one group.',
  },
  {
    name: 'MAX_DAILY_LOSS_USDT', group: 'Limits', kind: limit, unit: 'USDT', byDefault: per('', '', '5'), risk: true,
    doc: 'Loss of equity, open PnL included, since the start of the UTC day.',
  },
  {
    name: 'MAX_DRAWDOWN_PCT', group: 'Limits', kind: limit, unit: '%', byDefault: per('', '', '10'), risk: true,
    doc: 'Loss of equity, open PnL included, from its peak.',
  },
  {
    name: 'LOSS_LIMIT_ACTION', group: 'Limits', kind: choice('block', 'halt'), byDefault: 'block', risk: true,
    doc: 'What these two do when they are reached: block entries, or pull the kill switch (everything is closed).',
  },
  {
    name: 'MAX_SESSION_LOSS_PCT', group: 'Limits', kind: limit, unit: '%', byDefault: '5', risk: true,
    doc: 'Realised loss, fees included, since arming or the last reset that pulls the kill switch, in percent of the balance then. On paper too, of PAPER_START_BALANCE_USDT: a rehearsal has the kill switch of the play. Not in simulations unless set there.',
  },
  {
    name: 'RISK_MAX_ALERTS_PER_DAY', group: 'Limits', kind: count, byDefault: per('', '', '20'), risk: true,
    doc: 'Signals of one UTC day.',
  },
  {
    name: 'RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY', group: 'Limits', kind: count, byDefault: per('', '', '5'), risk: true,
    doc: 'Signals of one UTC day on one symbol.',
  },
  {
    name: 'RISK_ALERT_LIMIT_MODE', group: 'Limits', kind: choice('log', 'block'), byDefault: 'block', risk: true,
    doc: 'What happens beyond the numbers of signals.',
  },
  {
    name: 'RISK_CHECK_MARGIN', group: 'Limits', kind: boolean, byDefault: per('false', 'false', 'true'), risk: true,
    doc: 'Whether equity must cover the margin (notional / LEVERAGE) of all open positions and the new one.',
  },
  {
    name: 'COOLDOWN_SEC', group: 'Limits', kind: limit, unit: 's', byDefault: '', risk: true,
    doc: 'Time after the close of a position in which its symbol is not entered again.',
  },
  { name: 'MAX_LOSS_STREAK', group: 'Limits', kind: count, byDefault: '', risk: true, doc: 'Losing positions in a row after which entries are blocked for a time.' },
  {
    name: 'LOSS_STREAK_PAUSE_SEC', group: 'Limits', kind: above('0', '31536000'), unit: 's', byDefault: '3600', risk: true,
    doc: 'That time, from the close of the last of them.',
  },
  {
    name: 'ADAPTIVE_ALLOCATION', group: 'Limits', kind: boolean, byDefault: 'false',
    doc: 'Live: only strategies whose closed positions earned money may open, each up to its share of the profit. Closes are never held back.',
  },
  { name: 'ADAPTIVE_MIN_TRADES', group: 'Limits', kind: whole('1', '100000'), byDefault: '3', doc: 'Closed positions that a strategy needs for it.' },
  { name: 'ADAPTIVE_MIN_PROFIT_FACTOR', group: 'Limits', kind: above('0', '1000'), byDefault: '1.0', doc: 'Gross profit / gross loss that it needs.' },
] as const satisfies readonly Setting[]
