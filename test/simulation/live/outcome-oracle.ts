/** I15: what LOMS calls refused was refused. An order that exists, or may exist, is never taken for one that does not. */
import type { Answer, Params } from '../../../src/exchange-emulator/wire/face.ts'
import type { JournalRecord } from '../../../state/record.ts'
import { must } from '../invariants.ts'
import { LineCut } from './raw-client.ts'

/** Venue codes that refuse nothing: success, "there is one with this id", and errors of the venue's own. */
const PROVE_NOTHING = new Set(['0', '00000', '110030', '110072', '40786', '10000', '10016', '40725', '45001', '40010', '40015'])

export class OutcomeOracle {
  /** Orders that reached the venue, and those that it refused. */
  readonly #arrived = new Set<string>()
  readonly #refused = new Set<string>()
  /** Found in no list by several looks: such an order may be sent again, and given up. */
  readonly #absent = new Set<string>()
  /** Called refused by LOMS. */
  readonly #given = new Set<string>()

  arrived(clientId: string): void {
    this.#arrived.add(clientId)
    must(!this.#given.has(clientId) || this.#isProven(clientId), 'I15', () => `${clientId} arrives after it was called refused, which the venue never said`)
  }

  answered(params: Params, answer: Answer | LineCut): void {
    const clientId = params['orderLinkId'] ?? params['clientOid']
    if (answer instanceof LineCut || typeof clientId !== 'string' || typeof answer.body !== 'object' || answer.body === null) return
    const { retCode, code } = answer.body as { readonly retCode?: number; readonly code?: string }
    if (!PROVE_NOTHING.has(String(retCode ?? code))) this.#refused.add(clientId)
  }

  landed({ kind, body }: JournalRecord): void {
    // A refused order may be sent again under its name.
    if (kind === 'command' && body.type === 'order.submit') this.#given.delete(body.clientOrderId)
    if (kind !== 'fact') return
    if (body.type === 'order.absent') this.#absent.add(body.clientOrderId)
    if (body.type !== 'order.rejected') return
    const { clientOrderId, code, message } = body
    this.#given.add(clientOrderId)
    must(!this.#arrived.has(clientOrderId) || this.#isProven(clientOrderId), 'I15', () => `${clientOrderId} is called refused (${code}: ${message}) and the venue never refused it`)
  }

  #isProven(clientId: string): boolean {
    return this.#refused.has(clientId) || this.#absent.has(clientId)
  }
}
