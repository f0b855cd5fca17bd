/** Builders for facts and settings; every test states only what matters to it. */
import { WITHOUT_LIMITS, type CoreSettings } from '../../src/domain/core-settings.ts'
import { decimal, type Decimal } from '../../src/domain/decimal.ts'
import type { JournalId } from '../../src/domain/ids.ts'
import { wholeTarget, type Signal } from '../../src/domain/signal.ts'

export const d = (value: number | string): Decimal => decimal(value)
export const JOURNAL = 'abcdef' as JournalId

export const aSettings = (changes: Partial<CoreSettings> = {}): CoreSettings => ({
  accountLabel: 'lab_dev',
  omsEnabled: true,
  marketType: 'paper_sim',
  priceMode: 'last',
  limits: { ...WITHOUT_LIMITS, maxOpenPositions: 10, maxOpenPositionsPerSymbol: 3, maxSizePerPositionUsdt: d(100000) },
  startBalanceUsdt: d(10000),
  exitMinAgeMs: 0,
  entryTimeoutMs: 30_000,
  stopRetryMs: 200,
  stopRetries: 2,
  protectWithinMs: 6_400,
  takeProfitRetryMs: 5_000,
  closeRetryMs: 1_000,
  queryRetryMs: 500,
  settleMs: 0,
  ...changes,
})

export const aSignal = (changes: Partial<Signal> = {}): Signal => ({
  symbol: 'BTCUSDT',
  direction: 'long',
  price: d(100),
  timestampMs: 1_700_000_000_000,
  exchange: 'bitget',
  timeframeMin: 5,
  strategy: 'bounce_ema10_strict',
  accountLabel: 'lab_dev',
  qty: d(1),
  slPrice: d('98.5'),
  targets: wholeTarget(d('104.5')),
  exitStrategy: 'tp_sl_static',
  exitParams: {},
  signalId: null,
  ...changes,
})
