/** An answer of the service, asked again when `again` changes. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { get } from '../api.ts'

export type Loaded<T> = { readonly body: T | null; readonly problem: string | null; readonly reload: () => void }

/** `path` null: nothing is asked. The last good answer of a path stays while a new one is on its way. */
export function useLoaded<T>(path: string | null, again: unknown = null): Loaded<T> {
  const [state, setState] = useState<{ readonly path: string | null; readonly body: T | null; readonly problem: string | null }>({ path, body: null, problem: null })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let left = false
    if (path !== null) {
      void get<T>(path).then((answer) => {
        if (!left) setState((known) => (answer.ok ? { path, body: answer.body, problem: null } : { path, body: known.path === path ? known.body : null, problem: answer.message }))
      })
    }
    return () => {
      left = true
    }
  }, [path, again, turn])
  const reload = useCallback(() => setTurn((known) => known + 1), [])
  return state.path === path ? { body: state.body, problem: state.problem, reload } : { body: null, problem: null, reload }
}
