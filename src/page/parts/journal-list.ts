/** Records of the journal, page by page, newest first. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { RecordView } from '../../http/page/page-port.ts'
import { get } from '../api.ts'

type Page = { readonly records: readonly RecordView[]; readonly next: number | null; readonly durable_seq: number }
export type JournalList = { readonly records: readonly RecordView[]; readonly problem: string | null; readonly more: (() => void) | null }

/** Of these types. New ones are taken over when `again` changes. */
export function useJournal(types: readonly string[], again: unknown, wanted = 100): JournalList {
  const [records, setRecords] = useState<readonly RecordView[]>([])
  const [next, setNext] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const query = `types=${types.join(',')}&limit=${wanted}`
  const load = useCallback(
    async (to: number | null): Promise<void> => {
      let from = to
      let found: RecordView[] = []
      // An answer looks at so many records; where few of them match, the next stretch is asked for.
      for (let turn = 0; turn < 5; turn++) {
        const answer = await get<Page>(`/page/journal?${query}${from === null ? '' : `&to=${from}`}`)
        if (!answer.ok) return setProblem(answer.message)
        found = [...found, ...answer.body.records]
        from = answer.body.next
        if (from === null || found.length >= wanted) break
      }
      setProblem(null)
      if (to !== null) setNext(from)
      setRecords((known) => {
        const seqs = new Set(known.map(({ seq }) => seq))
        return [...known, ...found.filter(({ seq }) => !seqs.has(seq))].sort((a, b) => b.seq - a.seq)
      })
      if (to === null) setNext((known) => known ?? from)
    },
    [query, wanted],
  )
  useEffect(() => void load(null), [load, again])
  return { records, problem, more: next === null ? null : () => void load(next) }
}
