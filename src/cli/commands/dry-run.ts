/** `loms signal --dry-run`: what a signal would be answered, with every check. */
import type { DryRunView } from '../../http/application.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { money, price, text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { renderPairs, renderTable } from '../table.ts'
import type { Colours } from '../terminal.ts'

/** Exit code 0 only when the signal would open a position. */
export async function dryRunSignal(session: Session, body: object): Promise<ExitCode> {
  const answer = await session.client.post<DryRunView>('/signals/bounce?dry_run=true', body)
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  if (session.json) printJson(session.terminal, answer.body)
  else session.terminal.out(renderDryRun(answer.body, session.terminal.colours))
  return answer.body.verdict === 'open' ? EXIT.ok : EXIT.failed
}

const VERDICTS: Record<DryRunView['verdict'], string> = {
  open: 'would open a position',
  blocked: 'would be blocked by risk',
  not_traded: 'would not be traded',
  repeat: 'repeats a signal that was answered before',
  invalid: 'would be refused as invalid',
}

function renderDryRun(view: DryRunView, colours: Colours): string {
  const verdict = view.verdict === 'open' ? colours.green(VERDICTS.open) : colours.red(VERDICTS[view.verdict])
  const why = [view.reason, ...view.problems.map(({ field, message }) => `${field} ${message}`)].flatMap((each) => (each === null ? [] : [text(each)]))
  const head = renderPairs([
    ['signal', `${text(view.symbol)} ${text(view.side)} ${view.qty} at ${price(view.price)} = ${money(view.notional)} USDT`],
    ['stop, target', `${price(view.sl_price)}, ${price(view.tp_price)} (${text(view.exit_strategy)})`],
    ['account', `${text(view.account_label)}, equity ${money(view.equity)} USDT, strategy ${text(view.strategy)}`],
    ['verdict', why.length === 0 ? verdict : `${verdict}: ${why.join('; ')}`],
  ])
  const checks = renderTable(
    [
      { head: 'CHECK', cell: ({ scope }) => text(scope) },
      { head: '', cell: ({ ok }) => (ok === null ? 'off' : ok ? colours.green('ok') : colours.red('BLOCKS')) },
      { head: 'VALUE', cell: ({ value }) => text(value), align: 'right' },
      { head: 'LIMIT', cell: ({ limit }) => text(limit), align: 'right' },
    ],
    view.checks,
  )
  return `${head}\n\n${checks}\n\nNothing was recorded.`
}
