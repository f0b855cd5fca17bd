/** An answer of the service, asked again when `again` changes. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { get } from '../api.ts'

export type Loaded<T> = { readonly body: T | null; readonly problem: string | null; readonly reload: () => void }

/** `path` null: nothing is asked. The last good answer stays while a new one is on its way. */
export function useLoaded<T>(path: string | null, again: unknown = null): Loaded<T> {
  const [state, setState] = useState<{ readonly body: T | null; readonly problem: string | null }>({ body: null, problem: null })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let left = false
    if (path !== null) {
      void get<T>(path).then((answer) => {
        if (!left) setState((known) => (answer.ok ? { body: answer.body, problem: null } : { body: known.body, problem: answer.message }))
      })
    }
    return () => {
      left = true
    }
  }, [path, again, turn])
  const reload = useCallback(() => setTurn((known) => known + 1), [])
  return { ...state, reload }
}
