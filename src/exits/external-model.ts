/**
 * `external_model_v1`: an external model is asked every few seconds whether to hold, to close or to move stop or target
 * (SPEC X-7). Stop and target rest at the broker all the while: no answer, or one that cannot be used, means hold.
 */
import { atLeast, atMost, greater, less, parseDecimal, type Decimal } from '../domain/decimal.ts'
import type { ExitAdvice } from '../domain/exit-advice.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { ExitContext, ExitDecision, ExitParameter, ExitPolicy } from './exit-policy.ts'

const EVERY = {
  name: 'ask_every_sec', default: '60', nullable: false, unit: 's', setting: 'EXIT_MODEL_EVERY_SEC',
  doc: 'Time between two questions, counted from the fill; 1 to 86400.',
} as const satisfies ExitParameter
const [SHORTEST, LONGEST] = ['1' as Decimal, '86400' as Decimal]
const SAMPLE = 'ask'

export const externalModelPolicy: ExitPolicy = {
  name: 'external_model_v1',
  summary: 'Asks the model at `EXIT_MODEL_URL` whether to hold, close, tighten the stop or move the target.',
  parameters: [EVERY],
  followsBest: false,
  needs: 'EXIT_MODEL_URL',
  parse: parseParameters,
  start: () => ({ last_advice: null }),
  watches: (_, params) => [{ kind: 'sample', key: SAMPLE, everySec: everySec(params) }],
  stop: () => null,
  on: (memory, _, context, params) => (context.advice ? follow(memory, context.advice, context) : { memory, actions: [{ type: 'ASK_MODEL', answerWithinMs: everySec(params) * 1000 }] }),
}

const everySec = (params: JsonObject): number => Number(params[EVERY.name])

function follow(known: JsonObject, advice: ExitAdvice, { price, position }: ExitContext): ExitDecision {
  const memory = { ...known, last_advice: advice.kind === 'failed' ? `failed: ${advice.code}` : advice.kind }
  const long = position.direction === 'long'
  const holds = (ignored: string): ExitDecision => ({ memory, actions: [], ignored })
  switch (advice.kind) {
    case 'failed':
      return holds(`no advice (${advice.code}: ${advice.message}): held`)
    case 'hold':
      return { memory, actions: [] }
    case 'close':
      return { memory, actions: [{ type: 'CLOSE_POSITION', reason: 'model' }] }
    case 'move_stop':
      if (!(long ? greater : less)(advice.price, position.stopPrice)) return holds(`the stop at ${position.stopPrice} may only be tightened, not moved to ${advice.price}`)
      if (price !== null && (long ? atLeast : atMost)(advice.price, price)) return holds(`a stop at ${advice.price} is beyond the price ${price}`)
      return { memory, actions: [{ type: 'ADJUST_STOP_LOSS', price: advice.price, reason: 'model' }] }
    case 'move_target':
      if (price !== null && (long ? atMost : atLeast)(advice.price, price)) return holds(`a target at ${advice.price} is not in favour of the price ${price}`)
      return { memory, actions: [{ type: 'ADJUST_TAKE_PROFIT', price: advice.price }] }
  }
}

function parseParameters(params: JsonObject, defaults: JsonObject): ReturnType<ExitPolicy['parse']> {
  const value = parseDecimal(params[EVERY.name] ?? defaults[EVERY.name] ?? EVERY.default)
  const inRange = params[EVERY.name] !== null && value !== undefined && atLeast(value, SHORTEST) && atMost(value, LONGEST)
  const problems = [
    ...(inRange ? [] : [{ field: EVERY.name, message: `must be a number of seconds from ${SHORTEST} to ${LONGEST}` }]),
    ...Object.keys(params).flatMap((field) => (field === EVERY.name ? [] : [{ field, message: `is unknown; allowed is ${EVERY.name}` }])),
  ]
  return problems.length === 0 && value !== undefined ? { ok: true, params: { [EVERY.name]: value } } : { ok: false, problems }
}
