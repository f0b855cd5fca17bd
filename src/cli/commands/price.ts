/** `loms price`: every price the service's feed has of one symbol. */
import type { MarketView } from '../../http/application.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { duration, price, text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { renderPairs } from '../table.ts'

export async function showPrice(session: Session, symbol: string): Promise<ExitCode> {
  const answer = await session.client.get<MarketView>('/market', 'object', { symbol })
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  const market = answer.body
  const mid = market.bid === null || market.ask === null ? null : (market.bid + market.ask) / 2
  if (session.json) printJson(session.terminal, { ...market, mid })
  else session.terminal.out(renderPrice(market, mid))
  return EXIT.ok
}

function renderPrice(market: MarketView, mid: number | null): string {
  const modes: Readonly<Record<string, number | null>> = { bid: market.bid, ask: market.ask, last: market.last, mark: market.mark, mid }
  return renderPairs([
    ['symbol', text(market.symbol)],
    ...Object.entries(modes).map(([mode, value]) => [mode, price(value) + (mode === market.mode ? '  (decides)' : '')] as const),
    ['source', text(market.source)],
    ['time', text(market.ts)],
    ['age', duration(market.age_ms / 1000)],
  ])
}
