import { ChartNoAxesColumn } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import { ApiProblem } from '../../../../client/src/problem.ts'
import { days, today } from '../../days.ts'
import { entries, filled, online, unsent } from '../../device.ts'
import { addDays, dayAndTime } from '../../format.ts'
import { app, insights as texts } from '../../texts.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { askForStats, type KeptStats, lastStats, type Period, periods } from './kept-stats.ts'
import { OnThisDay } from './on-this-day.tsx'
import { Runs } from './runs.tsx'
import { Statistics } from './statistics.tsx'
import './insights.css'

const lengths: Record<Period, number | undefined> = { quarter: 91, year: 365, all: undefined }

/** What the moods of a period show, as the server has computed it, and what the device knows by itself. */
export default function Insights() {
  const [period, choose] = useState<Period>('year')
  const [kept, keep] = useState<KeptStats>()
  const [isOut, lacks] = useState(false)
  const [wrong, complain] = useState<string>()
  const length = lengths[period]
  const from = length === undefined ? undefined : addDays(today.value, 1 - length)

  // What was logged or sent since changes the answer.
  useEffect(() => {
    let isCurrent = true
    const load = async () => {
      const last = await lastStats(period)
      if (!isCurrent) return
      keep(last)
      const fresh = await askForStats(period, from, last)
      if (!isCurrent) return
      if (fresh) keep(fresh)
      lacks(fresh === undefined && last === undefined)
    }
    complain(undefined)
    load().catch(error => {
      if (!(error instanceof ApiProblem)) throw error
      complain(error.errors.join(' '))
    })
    return () => {
      isCurrent = false
    }
  }, [period, from, online.value, unsent.value === 0, entries.value.length])

  if (days.value.size === 0)
    return (
      <Page title={texts.title}>
        {filled.value ? (
          <EmptyState icon={ChartNoAxesColumn} title={texts.none}>
            <p>{texts.noneWhy}</p>
            <a class="button button-primary" href="/app/">
              {app.toToday}
            </a>
          </EmptyState>
        ) : (
          <Skeleton lines={4} />
        )}
      </Page>
    )

  return (
    <Page
      title={texts.title}
      wide
      actions={
        <Segmented
          label={texts.period}
          options={periods.map(value => ({ value, label: texts.periods[value] }))}
          value={period}
          onChange={choose}
        />
      }
    >
      {wrong && <Notice tone="danger">{wrong}</Notice>}
      {kept && !online.value && <Notice>{texts.asOf(dayAndTime(kept.at))}</Notice>}
      {isOut && !wrong && <Notice>{texts.needsServer}</Notice>}
      {kept ? <Statistics stats={kept.stats} from={from} /> : !isOut && !wrong && <Skeleton lines={4} />}
      <div class="insights-own">
        <Runs />
        <OnThisDay />
      </div>
      {kept?.stats.associations.length ? <p class="insights-method">{kept.stats.method}</p> : null}
    </Page>
  )
}
