/** A view whose code is loaded when it is first looked at. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export function Lazy<P extends object>({ load, props }: { readonly load: () => Promise<ComponentType<P>>; readonly props: P }) {
  const [loaded, setLoaded] = useState<{ readonly load: typeof load; readonly view: ComponentType<P> } | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    setFailed(false)
    load().then((view) => setLoaded({ load, view }), () => setFailed(true))
  }, [load])
  // Another view's properties are not for this one.
  if (loaded?.load !== load) {
    if (!failed) return <p class="quiet">Loading…</p>
    return <p class="problem" role="alert">This view cannot be loaded: the service is gone, or it was updated since this page was opened. <button class="button small" onClick={() => location.reload()}>Load the page again</button></p>
  }
  const View = loaded.view
  return <View {...props} />
}
