/** The end of the live demo: the positions, every claim with its figure, and whether nothing is left on either side. */
import { renderPositions } from '../../cli/position-table.ts'
import { printJson } from '../../cli/session.ts'
import type { LomsClient } from '../../cli/http-client.ts'
import { renderTable } from '../../cli/table.ts'
import type { Terminal } from '../../cli/terminal.ts'
import type { PositionView } from '../../domain/wire.ts'
import { heldQty, restingOrders, type DemoExchange } from './exchange.ts'
import type { Claim } from './live-state.ts'

const flat = (open: readonly PositionView[] | null, qty: number | null, orders: number | null): Claim => ({
  claim: 'flat in LOMS and at the exchange',
  held: open?.length === 0 && qty === 0 && orders === 0,
  figure: `LOMS: ${open?.length ?? '?'} open; exchange: ${qty ?? '?'} held, ${orders ?? '?'} orders resting`,
})

/** True if every claim holds. */
export async function printLiveSummary(terminal: Terminal, client: LomsClient, exchange: DemoExchange, symbol: string, told: readonly Claim[], json: boolean): Promise<boolean> {
  const [list, truth] = await Promise.all([client.get<readonly PositionView[]>('/positions', 'array'), exchange.truth(symbol)])
  const positions = list.kind === 'ok' ? list.body : null
  const claims = [...told, flat(positions?.filter(({ status }) => status === 'open') ?? null, truth && heldQty(truth, symbol), truth && restingOrders(truth))]
  const ok = claims.every(({ held }) => held)
  const { colours } = terminal
  if (json) {
    printJson(terminal, { ok, claims, positions })
    return ok
  }
  terminal.out(`\n${renderPositions(positions ?? [], colours)}\n`)
  terminal.out(
    renderTable(
      [
        { head: 'SHOWN', cell: ({ claim }: Claim) => claim },
        { head: '', cell: ({ held }) => (held ? colours.green('yes') : colours.red('NO')) },
        { head: 'FIGURE', cell: ({ figure }) => figure },
      ],
      claims,
    ),
  )
  terminal.out(ok ? colours.green('\nevery word of it came true, and nothing is left on either side') : colours.red(`\n${claims.filter(({ held }) => !held).length} of it did not come true`))
  return ok
}
