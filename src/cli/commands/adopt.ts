/** `loms adopt` and `loms reconcile`: what differs between LOMS and the account, and taking over what LOMS did not open. */
import type { AdoptionPreview, ReconciliationView } from '../../http/application.ts'
import type { PositionView } from '../../domain/wire.ts'
import { confirmed } from '../confirm.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { money, price, text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'

export type AdoptOptions = { readonly side: string; readonly sl: number; readonly tp?: number; readonly strategy?: string; readonly reason: string; readonly yes?: boolean; readonly dryRun?: boolean }

/** Shows what would be done, asks, and does it if the account still holds the same. Exit code 0 once it is adopted. */
export async function adoptPosition(session: Session, symbol: string, options: AdoptOptions): Promise<ExitCode> {
  const { terminal, client, json } = session
  const body = { symbol, side: options.side, sl_price: options.sl, tp_price: options.tp, strategy: options.strategy, reason: options.reason }
  const preview = await client.post<AdoptionPreview>('/positions/adopt', body)
  if (preview.kind !== 'ok') return reportFailure(session, preview)
  if (json && options.dryRun === true) printJson(terminal, preview.body)
  if (!json) terminal.out(previewText(preview.body))
  if (options.dryRun === true) return EXIT.ok
  const refused = await confirmed(terminal, options.yes, `Adopt this ${text(preview.body.side)} position of ${preview.body.qty} ${text(preview.body.symbol)}?`)
  if (refused !== null) return refused
  const answer = await client.post<PositionView>('/positions/adopt', { ...body, confirm_qty: preview.body.qty })
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  const { id, state, sl_price: stop } = answer.body
  if (json) printJson(terminal, answer.body)
  else terminal.out(`position ${id} adopted, ${text(state)}, stop at ${price(stop)}: see \`loms positions --status open\``)
  return EXIT.ok
}

function previewText({ symbol, side, qty, entry_price: entry, price: mark, pnl_at_stop: pnl, liquidation_price: liquidation, will }: AdoptionPreview): string {
  return [
    `the account holds ${text(side)} ${qty} ${text(symbol)}, entered at ${price(entry)}; mark price ${price(mark)}, liquidation ${price(liquidation)}`,
    `at the stop it would end with ${money(pnl)} USDT, without fees. Adopting means:`,
    ...will.map((each) => `  - ${text(each)}`),
  ].join('\n')
}

/** Exit code 0 where LOMS and the account agree. */
export async function reconcileNow(session: Session): Promise<ExitCode> {
  const answer = await session.client.post<ReconciliationView>('/control/reconcile', {})
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  const { agrees, findings } = answer.body
  if (session.json) printJson(session.terminal, answer.body)
  else {
    session.terminal.out(agrees ? 'LOMS and the account agree' : `${findings.length} difference${findings.length === 1 ? '' : 's'}:`)
    for (const { kind, symbol, side, position_id: id, expected, found } of findings) session.terminal.out(`  ${text(kind)}: ${text(symbol)} ${text(side)}${id === null ? '' : `, position ${id}`}: LOMS has ${expected}, the account ${found}`)
  }
  return agrees ? EXIT.ok : EXIT.failed
}
