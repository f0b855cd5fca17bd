/** `loms signal`: sends one trading signal, as a bot would. */
import type { SignalAnswer } from '../../domain/signal-answer.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { price, text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'

export type SignalOptions = {
  readonly symbol: string
  readonly side: string
  readonly price: number
  readonly tp?: number
  readonly sl?: number
  readonly qty?: number
  readonly strategy?: string
  readonly exchange?: string
  readonly timeframe?: number
  readonly timestamp?: string
  readonly id?: string
}

/** Exit code 0 only when a position was opened (now, or by the signal that this one repeats). */
export async function sendSignal(session: Session, options: SignalOptions, now: Date): Promise<ExitCode> {
  const answer = await session.client.post<SignalAnswer & { readonly duplicate?: true }>('/signals/bounce', signalBody(options, now))
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  const { body } = answer
  if (session.json) printJson(session.terminal, body)
  else if (body.risk_ok) session.terminal.out(openedText(body))
  else session.terminal.err(body.oms_enabled ? `blocked by risk: ${text(body.risk_reason)}` : `not traded: ${text(body.reason)}`)
  return body.risk_ok ? EXIT.ok : EXIT.failed
}

/** The body of S-1; what was not given is left to the service's defaults. */
export function signalBody(options: SignalOptions, now: Date): Readonly<Record<string, string | number | undefined>> {
  return {
    symbol: options.symbol,
    side: options.side,
    price: options.price,
    timestamp: options.timestamp ?? now.toISOString(),
    exchange: options.exchange,
    timeframe_min: options.timeframe,
    strategy: options.strategy,
    tp_pct: options.tp,
    sl_pct: options.sl,
    qty: options.qty,
    signal_id: options.id,
  }
}

function openedText(body: Extract<SignalAnswer, { readonly risk_ok: true }> & { readonly duplicate?: true }): string {
  const head = body.duplicate ? `known already: position ${body.position_id}` : `position ${body.position_id} opened (order ${body.order_id})`
  return `${head}, stop ${price(body.sl_price)}, target ${price(body.tp_price)}, ${text(body.exit_strategy)}, ${text(body.state)}`
}
