import { memo } from 'preact/compat'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { LoggedDay } from '../../days.ts'
import { onOwnScale } from '../../days.ts'
import { fullDay, number, shortMonth } from '../../format.ts'
import { year as texts, wordOf } from '../../texts.ts'
import { classes } from '../../ui/classes.ts'
import { colourOf, stepOf } from '../../ui/mood-step.ts'
import { movedBy, pixelsOf } from './pixels.ts'

export type Marks = 'colours' | 'shapes' | 'numbers'

interface Props {
  year: number
  days: ReadonlyMap<string, LoggedDay>
  today: string
  marks: Marks
  /** The one day that the Tab key reaches. */
  at: string
  onMove: (date: string) => void
  onOpen: (date: string) => void
}

/** A pixel for each day: months side by side on phones, below one another when it is wide. */
export function Grid({ year, days, today, marks, at, onMove, onOpen }: Props) {
  const grid = useRef<HTMLDivElement>(null)
  const pixels = useMemo(() => pixelsOf(year), [year])
  const moved = useRef(false)
  const last = today < `${year}-12-31` ? today : `${year}-12-31`

  useLayoutEffect(() => {
    if (!moved.current) return
    moved.current = false
    const pixel = grid.current?.querySelector<HTMLElement>(`[data-date="${at}"]`)
    pixel?.focus()
  }, [at])

  function onKeyDown(event: KeyboardEvent) {
    if (!grid.current || event.altKey || event.ctrlKey || event.metaKey) return
    const style = getComputedStyle(grid.current)
    const isUpright = style.getPropertyValue('--upright').trim() === '1'
    const next = movedBy(event.key, at, { isUpright, isRightToLeft: style.direction === 'rtl', last })
    if (next === undefined) return
    event.preventDefault()
    moved.current = next !== at
    onMove(next)
  }

  function onClick(event: MouseEvent) {
    const date = (event.target as Element).closest<HTMLElement>('[data-date]')?.dataset.date
    if (date) onOpen(date)
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid in all browsers.
    <div
      ref={grid}
      class={classes('year-grid', `year-${marks}`)}
      role="group"
      aria-label={texts.gridOf(String(year))}
      aria-describedby="year-keys"
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      {Array.from({ length: 12 }, (_, i) => (
        <span key={i} class="year-month" style={{ '--m': i + 1 }} aria-hidden="true">
          {shortMonth(`${year}-${String(i + 1).padStart(2, '0')}-15`)}
        </span>
      ))}
      {Array.from({ length: 31 }, (_, i) => (
        <span key={i} class="year-number" style={{ '--d': i + 1 }} aria-hidden="true">
          {i === 0 || (i + 1) % 5 === 0 ? number(i + 1) : ''}
        </span>
      ))}
      {pixels.map(({ date, month, day }) => (
        <Pixel
          key={date}
          date={date}
          month={month}
          day={day}
          logged={days.get(date)}
          isToday={date === today}
          isAhead={date > today}
          isStop={date === at}
          withNumbers={marks === 'numbers'}
        />
      ))}
    </div>
  )
}

interface PixelProps {
  date: string
  month: number
  day: number
  logged: LoggedDay | undefined
  isToday: boolean
  isAhead: boolean
  isStop: boolean
  withNumbers: boolean
}

const Pixel = memo(({ date, month, day, logged, isToday, isAhead, isStop, withNumbers }: PixelProps) => {
  const place = { '--m': month, '--d': day }
  if (isAhead) return <span class="year-pixel year-ahead" style={place} aria-hidden="true" />
  const { valence = null, entries = [] } = logged ?? {}
  const look = logged ? (valence === null ? 'year-unknown' : 'year-logged') : 'year-empty'
  const step = stepOf(valence)
  const rounded = valence === null ? '' : number(Math.round(onOwnScale(valence)))
  return (
    <button
      type="button"
      class={classes('year-pixel', look, isToday && 'year-today')}
      style={valence === null ? place : { ...place, '--mood': colourOf(valence), '--level': step }}
      data-date={date}
      tabIndex={isStop ? 0 : -1}
      aria-current={isToday ? 'date' : undefined}
      aria-label={texts.pixel(fullDay(date), entries.length, wordOf(valence), rounded)}
    >
      <span class="year-square">{withNumbers && rounded}</span>
    </button>
  )
})
