import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { placed, rowAt, rowsAround } from './window.ts'

interface Props<T> {
  label: string
  items: readonly T[]
  keyOf: (item: T) => string
  /** The height (px) of a row before it was ever shown. */
  estimate: (item: T, row: number) => number
  /** A row that stays in the document wherever the list is scrolled to, such as one that is edited. */
  pinned?: string | undefined
  /** Called once for each state of an item, and of being pinned. */
  render: (item: T, row: number) => ComponentChildren
}

/**
 * A list that scrolls with the page and has few of its rows in the document: those in view, some around, the one with the
 * focus and the pinned one. Rows are as high as they come; what is above the view never moves what is in it.
 */
export function LongList<T>({ label, items, keyOf, estimate, pinned, render }: Props<T>) {
  const list = useRef<HTMLUListElement>(null)
  const heights = useRef(new Map<string, number>()).current
  const [measured, remeasure] = useState(0)
  const [view, look] = useState({ top: 0, height: 900 })
  const [focused, focus] = useState<string>()

  const rows = useMemo(() => new Map(items.map((item, row) => [keyOf(item), row])), [items])
  const offsets = useMemo(
    () =>
      placed(
        items.length,
        row => heights.get(keyOf(items[row] as T)),
        row => estimate(items[row] as T, row),
      ),
    [items, measured],
  )
  const latest = useRef(offsets)
  latest.current = offsets

  useEffect(() => {
    let frame = 0
    const update = () => {
      frame = 0
      if (!list.current) return
      const top = -list.current.getBoundingClientRect().top
      // Rows around the view give it room: not each pixel needs a render.
      look(last => {
        const isNear = Math.abs(last.top - top) < 160 && last.height === window.innerHeight
        return isNear ? last : { top, height: window.innerHeight }
      })
    }
    const soon = () => {
      frame ||= requestAnimationFrame(update)
    }
    update()
    window.addEventListener('scroll', soon, { passive: true })
    window.addEventListener('resize', soon)
    return () => {
      cancelAnimationFrame(frame)
      window.removeEventListener('scroll', soon)
      window.removeEventListener('resize', soon)
    }
  }, [items])

  useEffect(() => {
    const row = pinned === undefined ? undefined : rows.get(pinned)
    if (row === undefined || !list.current) return
    const top = list.current.getBoundingClientRect().top + (offsets[row] as number)
    if (top < 0 || top > window.innerHeight * 0.8) window.scrollBy(0, top - window.innerHeight / 4)
  }, [pinned])

  const resizes = useMemo(
    () =>
      new ResizeObserver(entries => {
        if (!list.current) return
        const top = -list.current.getBoundingClientRect().top
        const firstInView = rowAt(latest.current, Math.max(0, top))
        let shift = 0
        let isNew = false
        for (const { target, borderBoxSize } of entries) {
          const { key = '', row = '' } = (target as HTMLElement).dataset
          const height = borderBoxSize[0]?.blockSize ?? 0
          const at = Number(row)
          const before = (latest.current[at + 1] as number) - (latest.current[at] as number)
          if (height === 0 || !(Math.abs(before - height) > 0.5)) continue
          heights.set(key, height)
          isNew = true
          if (at < firstInView) shift += height - before
        }
        if (!isNew) return
        remeasure(count => count + 1)
        if (top > 0 && Math.abs(shift) > 0.5) window.scrollBy(0, shift)
      }),
    [],
  )
  useEffect(() => () => resizes.disconnect(), [])

  // What has not changed is the same object, which is not rendered again: scrolling renders the rows that are new.
  const cells = useMemo(() => new Map<string, ComponentChildren>(), [items])
  const cellOf = (item: T, row: number, key: string) => {
    const name = `${key} ${key === pinned}`
    const cell = cells.get(name) ?? render(item, row)
    cells.set(name, cell)
    return cell
  }

  const [from, to] = rowsAround(offsets, view.top, view.height)
  const shown = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
  for (const key of new Set([pinned, focused])) {
    const row = key === undefined ? undefined : rows.get(key)
    if (row !== undefined && (row < from || row >= to)) shown.push(row)
  }
  shown.sort((a, b) => a - b)

  return (
    <ul
      ref={list}
      class="long-list"
      aria-label={label}
      style={{ 'block-size': `${offsets[items.length]}px` }}
      onFocusIn={event => focus((event.target as Element).closest<HTMLElement>('[data-key]')?.dataset.key)}
      onFocusOut={() => focus(undefined)}
    >
      {shown.map(row => {
        const item = items[row] as T
        const key = keyOf(item)
        return (
          <Row key={key} id={key} row={row} count={items.length} top={offsets[row] as number} resizes={resizes}>
            {cellOf(item, row, key)}
          </Row>
        )
      })}
    </ul>
  )
}

interface RowProps {
  id: string
  row: number
  count: number
  top: number
  resizes: ResizeObserver
  children: ComponentChildren
}

function Row({ id, row, count, top, resizes, children }: RowProps) {
  const element = useRef<HTMLLIElement>(null)
  useLayoutEffect(() => {
    const mine = element.current
    if (!mine) return
    resizes.observe(mine)
    return () => resizes.unobserve(mine)
  }, [])
  return (
    <li
      ref={element}
      data-key={id}
      data-row={row}
      aria-setsize={count}
      aria-posinset={row + 1}
      style={{ transform: `translateY(${top}px)` }}
    >
      {children}
    </li>
  )
}
