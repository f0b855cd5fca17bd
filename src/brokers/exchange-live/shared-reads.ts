/**
 * Reads of an account that many positions ask for at the same time, sent once: a venue takes some ten reads a second, and
 * with twenty symbols, or twenty orders, one look would take longer than it may. A read that is not answered in time holds nobody up.
 */
import { within } from '../../exchange/request-scope.ts'

/** As long as whoever asks waits; ccxt itself would wait for ten seconds. */
const READ_MS = 3000

/** Whoever asks while a read is under way gets the one that starts after it: no answer is older than the question. */
export function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  const start = (): Promise<T> => {
    next = null
    const running = within(READ_MS, read)
    current = running
    return running
  }
  return () => (next ??= current.then(start, start))
}

/** So many questions are asked apart, and so many requests may be under way; beyond that they are one request for all. */
export const APART_AT_MOST = 2

export type Gathering<Question, Answer> = {
  readonly one: (question: Question) => Promise<Answer>
  /** An answer for each question, in their order. */
  readonly many: (questions: readonly Question[]) => Promise<readonly Promise<Answer>[]>
}
type Asked<Question, Answer> = { readonly question: Question; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void }

/** Questions that come at the same time: few are asked each for itself, many together. */
export class Gathered<Question, Answer> {
  readonly #how: Gathering<Question, Answer>
  #asked: Asked<Question, Answer>[] = []
  #underWay = 0

  constructor(how: Gathering<Question, Answer>) {
    this.#how = how
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ question, resolve, reject })
      process.nextTick(() => this.#send())
    })
  }

  #send(): void {
    if (this.#asked.length === 0 || this.#underWay >= APART_AT_MOST) return
    const asked = this.#asked
    this.#asked = []
    const { one, many } = this.#how
    if (asked.length + this.#underWay <= APART_AT_MOST) {
      for (const { question, resolve, reject } of asked) this.#count(() => one(question)).then(resolve, reject)
    } else {
      this.#count(async () => heard(await many(asked.map(({ question }) => question)))).then(
        (answers) => {
          for (const [index, { resolve, reject }] of asked.entries()) (answers[index] as Promise<Answer>).then(resolve, reject)
        },
        (error: unknown) => {
          for (const { reject } of asked) reject(error)
        },
      )
    }
  }

  #count<T>(read: () => Promise<T>): Promise<T> {
    this.#underWay += 1
    return within(READ_MS, read).finally(() => {
      this.#underWay -= 1
      this.#send()
    })
  }
}

/** Answers that come after the time of all have no other listener: one that fails must not end the process. */
function heard<T>(answers: readonly Promise<T>[]): readonly Promise<T>[] {
  for (const answer of answers) answer.catch(() => {})
  return answers
}

export type ReadsBySymbol<T> = {
  readonly one: (symbol: string, sinceMs: number) => Promise<readonly T[]>
  readonly all: (sinceMs: number) => Promise<readonly T[]>
  readonly placeOf: (row: T) => { readonly symbol: string; readonly at: number }
}

/** What happened on a symbol since a moment. */
export class SharedBySymbol<T> {
  readonly #reads: Gathered<{ readonly symbol: string; readonly sinceMs: number }, readonly T[]>

  constructor({ one, all, placeOf }: ReadsBySymbol<T>) {
    this.#reads = new Gathered({
      one: ({ symbol, sinceMs }) => one(symbol, sinceMs),
      many: async (asked) => {
        const rows = await all(Math.min(...asked.map(({ sinceMs }) => sinceMs)))
        return asked.map(({ symbol, sinceMs }) => Promise.resolve(rows.filter((row) => placeOf(row).symbol === symbol && placeOf(row).at >= sinceMs)))
      },
    })
  }

  read(symbol: string, sinceMs: number): Promise<readonly T[]> {
    return this.#reads.ask({ symbol, sinceMs })
  }
}
