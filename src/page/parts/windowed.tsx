/** A long list of which only what is on the screen is there. Rows have one height and see to their own changes: `row` draws an item once. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

const EXTRA = 4

export function Windowed<T extends string | number>({ items, rowHeight, row }: { readonly items: readonly T[]; readonly rowHeight: number; readonly row: (item: T) => ComponentChildren }) {
  const list = useRef<HTMLDivElement>(null)
  const drawn = useRef<ReadonlyMap<string, VNode>>(new Map())
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
  // A row that stays where it is is the same as before: neither drawn nor laid out again while others come and go.
  const rows = new Map<string, VNode>()
  for (const [index, item] of items.slice(first, last).entries()) {
    const name = `${item} ${first + index} ${rowHeight}`
    rows.set(name, drawn.current.get(name) ?? <div key={item} class="windowed-row" style={{ top: `${(first + index) * rowHeight}px`, height: `${rowHeight}px` }}>{row(item)}</div>)
  }
  drawn.current = rows
  return <div ref={list} class="windowed" style={{ height: `${items.length * rowHeight}px` }}>{[...rows.values()]}</div>
}
