/** A long list of which only what is on the screen is there. Rows have one height. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

const EXTRA = 6

export function Windowed<T>({ items, rowHeight, row }: { readonly items: readonly T[]; readonly rowHeight: number; readonly row: (item: T) => ComponentChildren }) {
  const list = useRef<HTMLDivElement>(null)
  const [range, setRange] = useState<readonly [first: number, last: number]>([0, 30])
  useEffect(() => {
    const look = (): void => {
      if (!list.current) return
      const top = -list.current.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(top / rowHeight) - EXTRA)
      const last = Math.ceil((top + innerHeight) / rowHeight) + EXTRA
      setRange((known) => (known[0] === first && known[1] === last ? known : [first, last]))
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [rowHeight, items.length])
  const [first, last] = [Math.min(range[0], items.length), Math.min(range[1], items.length)]
  return (
    <div ref={list} class="windowed" style={{ height: `${items.length * rowHeight}px` }}>
      <div style={{ transform: `translateY(${first * rowHeight}px)` }}>{items.slice(first, last).map(row)}</div>
    </div>
  )
}
