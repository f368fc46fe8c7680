import { signal } from '@preact/signals'
import { ChevronLeft, ChevronRight } from 'lucide'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { days, today } from '../../days.ts'
import { filled, ownShelf } from '../../device.ts'
import { year as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { DayDialog } from './day-dialog.tsx'
import { Grid, type Marks } from './grid.tsx'
import { Legend } from './legend.tsx'
import { monthsOf } from './months.ts'
import { Months } from './months-list.tsx'
import './year.css'

/** How days are marked; the person's choice lasts on the device. */
const marks = signal<Marks>('colours')
const shelfName = 'year/marks'

/** A year in pixels. */
export default function Year() {
  const thisYear = Number(today.value.slice(0, 4))
  const [year, show] = useState(thisYear)
  const [open, choose] = useState<string>()
  const [stop, move] = useState(today.value)
  const at = Number(stop.slice(0, 4)) === year ? stop : year === thisYear ? today.value : `${year}-01-01`
  const months = useMemo(() => monthsOf(year, days.value, today.value), [year, days.value, today.value])
  const logged = months.reduce((sum, month) => sum + month.logged, 0)
  const past = months.reduce((sum, month) => sum + month.length, 0)

  useEffect(() => {
    void ownShelf()
      ?.get<Marks>(shelfName)
      .then(last => {
        if (last) marks.value = last
      })
  }, [])

  function turnTo(date: string) {
    show(Number(date.slice(0, 4)))
    move(date)
  }

  return (
    <Page
      title={texts.title}
      wide
      actions={
        <div class="year-turn">
          <Button look="plain" icon={ChevronLeft} iconOnly onClick={() => show(year - 1)}>
            {texts.before(String(year - 1))}
          </Button>
          <output class="year-shown number" aria-live="polite">
            {year}
          </output>
          <Button look="plain" icon={ChevronRight} iconOnly disabled={year >= thisYear} onClick={() => show(year + 1)}>
            {texts.after(String(year + 1))}
          </Button>
        </div>
      }
    >
      <div class="year-top">
        <p class="year-sum">
          {logged > 0 || filled.value ? texts.sum(logged, past) : texts.arriving}
          {logged === 0 && filled.value && `. ${texts.begin}`}
        </p>
        <Segmented
          label={texts.marks}
          options={[
            { value: 'colours', label: texts.colours },
            { value: 'shapes', label: texts.shapes },
            { value: 'numbers', label: texts.numbers },
          ]}
          value={marks.value}
          onChange={chosen => {
            marks.value = chosen
            void ownShelf()?.put(shelfName, chosen)
          }}
        />
      </div>
      <div class="year-picture">
        <Grid
          year={year}
          days={days.value}
          today={today.value}
          marks={marks.value}
          at={at}
          onMove={move}
          onOpen={date => {
            move(date)
            choose(date)
          }}
        />
        <p id="year-keys" class="visually-hidden">
          {texts.keys}
        </p>
        <Legend marks={marks.value} />
      </div>
      <Months months={months} />
      {open !== undefined && (
        <DayDialog
          date={open}
          onMove={date => {
            turnTo(date)
            choose(date)
          }}
          onClose={() => choose(undefined)}
        />
      )}
    </Page>
  )
}
