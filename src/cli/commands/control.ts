/** `loms pause`, `resume` and `reset-kill-switch`: stop and allow new entries; open positions stay managed. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'

export type ControlOptions = { readonly reason: string; readonly account?: string }

export async function setTrading(session: Session, action: 'pause' | 'resume' | 'arm' | 'reset-kill-switch', { reason, account }: ControlOptions): Promise<ExitCode> {
  const answer = await session.client.post<{ readonly state: string; readonly reason: string | null }>(`/control/${action}`, { reason, account_label: account })
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  if (session.json) printJson(session.terminal, answer.body)
  else session.terminal.out(`trading is ${text(answer.body.state)} (${text(answer.body.reason)})`)
  return EXIT.ok
}
