/** A view whose code is loaded when it is first looked at. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export function Lazy<P extends object>({ load, props }: { readonly load: () => Promise<ComponentType<P>>; readonly props: P }) {
  const [loaded, setLoaded] = useState<{ readonly load: typeof load; readonly view: ComponentType<P> } | null>(null)
  useEffect(() => {
    void load().then((view) => setLoaded({ load, view }))
  }, [load])
  // Another view's properties are not for this one.
  if (loaded?.load !== load) return <p class="quiet">Loading…</p>
  const View = loaded.view
  return <View {...props} />
}
