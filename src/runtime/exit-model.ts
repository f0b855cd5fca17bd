/**
 * The external model of exits, asked by HTTP (SPEC X-7). Every question ends in exactly one fact `exit.advised`: an
 * advice, or why there is none. Nothing is tried again; the next sample is a new question.
 */
import type { AskExit } from '../domain/commands.ts'
import { isPositive, parseDecimal, toNumber } from '../domain/decimal.ts'
import type { AdviceFailure, ExitAdvice } from '../domain/exit-advice.ts'
import type { ExitAdvised } from '../domain/facts.ts'
import type { Logger } from './logger.ts'

export type ExitModelPorts = {
  /** Null: no model is configured. */
  readonly url: string | null
  readonly timeoutMs: number
  readonly answer: (fact: ExitAdvised) => void
  readonly logger: Logger
}

/** More questions than this at one time are not asked. */
const MOST_AT_ONCE = 100
const LONGEST_ANSWER_BYTES = 65_536

export class ExitModel {
  readonly #ports: ExitModelPorts
  readonly #stop = new AbortController()
  #underWay = 0

  constructor(ports: ExitModelPorts) {
    this.#ports = ports
  }

  /** Asks; the answer comes later through `answer`, never from within this call. */
  ask(question: AskExit): void {
    void this.#advice(question).then((advice) => {
      // After the end nothing is taken any more: the journal is closing.
      if (this.#stop.signal.aborted) return
      const { positionId, question: number } = question
      if (advice.kind === 'failed') this.#ports.logger.warn('exit_model_failed', { position_id: positionId, question: number, code: advice.code, message: advice.message })
      this.#ports.answer({ type: 'exit.advised', positionId, question: number, advice })
    })
  }

  /** Gives up what is under way, unanswered. */
  stop(): void {
    this.#stop.abort()
  }

  async #advice(question: AskExit): Promise<ExitAdvice> {
    const { url, timeoutMs } = this.#ports
    if (url === null) return failed('unanswered', 'EXIT_MODEL_URL is empty')
    if (this.#underWay >= MOST_AT_ONCE) return failed('unanswered', `${MOST_AT_ONCE} questions are under way`)
    const limitMs = Math.min(timeoutMs, question.answerWithinMs)
    const limit = AbortSignal.timeout(limitMs)
    this.#underWay += 1
    try {
      const response = await fetch(url, {
        method: 'POST', redirect: 'manual', body: JSON.stringify(asked(question)),
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        signal: AbortSignal.any([limit, this.#stop.signal]),
      })
      if (!response.ok) {
        await response.body?.cancel()
        return failed('http', `status ${response.status}`)
      }
      return adviceIn(await textOf(response))
    } catch (error) {
      return limit.aborted ? failed('timeout', `no answer within ${limitMs} ms`) : failed('http', reason(error))
    } finally {
      this.#underWay -= 1
    }
  }
}

const failed = (code: AdviceFailure, message: string): ExitAdvice => ({ kind: 'failed', code, message })

/** What the connection says, without the address: it may hold a secret. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? `no connection (${String(cause.code)})` : 'no connection'
}

/** The body of the request; names and units as in `GET /positions`. */
function asked(question: AskExit): object {
  const iso = (at: number): string => new Date(at).toISOString()
  const { price, quote, targetPrice, extremes } = question
  return {
    position_id: question.positionId,
    question: question.question,
    symbol: question.symbol,
    side: question.direction,
    strategy: question.strategy,
    timeframe_min: question.timeframeMin,
    opened_at: iso(question.openedAt),
    asked_at: iso(question.askedAt),
    open_qty: toNumber(question.openQty),
    entry_price: toNumber(question.entryPrice),
    stop_price: toNumber(question.stopPrice),
    target_price: targetPrice === null ? null : toNumber(targetPrice),
    price: toNumber(price),
    price_at: iso(quote.ts),
    bid: quote.bid === undefined ? null : toNumber(quote.bid),
    ask: quote.ask === undefined ? null : toNumber(quote.ask),
    high: toNumber(extremes.high),
    low: toNumber(extremes.low),
  }
}

/** The whole answer, or as much of it as shows that it is too long. */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  if (response.body === null) return text
  for await (const chunk of response.body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > LONGEST_ANSWER_BYTES) break
  }
  return text
}

/** `{"advice":"hold"}`, `close`, or `move_stop` and `move_target` with a `price`. Other fields are not looked at. */
export function adviceIn(text: string): ExitAdvice {
  const wrong = (what: string): ExitAdvice => failed('bad_answer', what)
  if (text.length > LONGEST_ANSWER_BYTES) return wrong(`longer than ${LONGEST_ANSWER_BYTES} bytes`)
  const body = parsed(text)
  if (typeof body !== 'object' || body === null) return wrong('not a JSON object')
  const { advice, price: given } = body as { readonly advice?: unknown; readonly price?: unknown }
  if (advice === 'hold' || advice === 'close') return { kind: advice }
  if (advice !== 'move_stop' && advice !== 'move_target') return wrong('advice is none of hold, close, move_stop, move_target')
  const price = parseDecimal(given)
  return price !== undefined && isPositive(price) ? { kind: advice, price } : wrong(`${advice} needs a price above 0`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
