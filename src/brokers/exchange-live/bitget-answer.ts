/** What every answer of Bitget is wrapped in, and lists that come in pages. */
import { BadAnswer, row, rows, text, type Row } from './answer.ts'

export const USDT = { productType: 'USDT-FUTURES' } as const
const PAGE = 100

export type Call = (parameters: Record<string, unknown>) => Promise<unknown>

/** The answer's data. Any body without the code of success proves nothing. */
export function dataOf(answer: unknown): unknown {
  const body = row(answer, 'answer')
  if (body['code'] !== '00000') throw new BadAnswer(`code ${String(body['code'])}`)
  return body['data']
}

/** A list inside the data; null where it is empty. */
export function listOf(answer: unknown, name: string): readonly Row[] {
  const data = dataOf(answer)
  return data === null ? [] : rows(row(data, 'data')[name] ?? null, name)
}

/** Pages of a list, older ones behind the last id, until `enough` says so or the list ends. `whole`: it ended. */
export async function somePages(call: Call, parameters: Record<string, unknown>, list: string, id: string, enough: (found: readonly Row[]) => boolean): Promise<{ readonly found: readonly Row[]; readonly whole: boolean }> {
  const found: Row[] = []
  for (let before: string | null = null; ; ) {
    const page: readonly Row[] = listOf(await call({ ...parameters, limit: String(PAGE), ...(before === null ? {} : { idLessThan: before }) }), list)
    found.push(...page)
    const last = page.at(-1)
    if (!last || page.length < PAGE) return { found, whole: true }
    if (enough(found)) return { found, whole: false }
    before = text(last, id)
  }
}

/** Every page. */
export const pages = async (call: Call, parameters: Record<string, unknown>, list: string, id: string): Promise<readonly Row[]> => (await somePages(call, parameters, list, id, () => false)).found
