import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { LoggedDay } from '../../days.ts'
import { onOwnScale } from '../../days.ts'
import { fullDay, number, shortMonth } from '../../format.ts'
import { year as texts, wordOf } from '../../texts.ts'
import { classes } from '../../ui/classes.ts'
import { colourOf, stepOf } from '../../ui/mood-step.ts'
import { monthsOfYear, movedBy } from './pixels.ts'

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
  const months = useMemo(() => monthsOfYear(year), [year])
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
      <div class="year-numbers" aria-hidden="true">
        {Array.from({ length: 31 }, (_, i) => (
          <span key={i} class="year-number">
            {i === 0 || (i + 1) % 5 === 0 ? number(i + 1) : ''}
          </span>
        ))}
      </div>
      {months.map(month => (
        <Month
          key={month[0]}
          month={month}
          days={days}
          today={today}
          // Only what changes a month renders it anew.
          at={at.slice(0, 7) === month[0]?.slice(0, 7) ? at : undefined}
          withNumbers={marks === 'numbers'}
        />
      ))}
    </div>
  )
}

interface MonthProps {
  /** Its days. */
  month: readonly string[]
  days: ReadonlyMap<string, LoggedDay>
  today: string
  at: string | undefined
  withNumbers: boolean
}

/** One element a day, without a component or a box inside: there are 365 of them, and the screen opens at a tap. */
function Month({ month, days, today, at, withNumbers }: MonthProps) {
  return (
    <div class="year-column">
      <span class="year-month" aria-hidden="true">
        {shortMonth(month[0] as string)}
      </span>
      {month.map(date => {
        if (date > today) return <span key={date} class="year-pixel year-ahead" aria-hidden="true" />
        const logged = days.get(date)
        const { valence = null, entries = [] } = logged ?? {}
        const look = logged ? (valence === null ? 'year-unknown' : 'year-logged') : 'year-empty'
        const rounded = valence === null ? '' : number(Math.round(onOwnScale(valence)))
        return (
          <button
            key={date}
            type="button"
            class={date === today ? `year-pixel ${look} year-today` : `year-pixel ${look}`}
            style={valence === null ? undefined : { '--mood': colourOf(valence), '--level': stepOf(valence) }}
            data-date={date}
            tabIndex={date === at ? 0 : -1}
            aria-current={date === today ? 'date' : undefined}
            aria-label={texts.pixel(fullDay(date), entries.length, wordOf(valence), rounded)}
          >
            {withNumbers && rounded}
          </button>
        )
      })}
    </div>
  )
}
