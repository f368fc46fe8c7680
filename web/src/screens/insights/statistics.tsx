import type { MoodStats } from '../../../../client/src/wire.ts'
import { days } from '../../days.ts'
import { addDays, monthAndYear, number, shortMonth, shortWeekday, weekday } from '../../format.ts'
import { insights as texts, wordOf } from '../../texts.ts'
import { Face } from '../../ui/face.tsx'
import { type Estimate, EstimatesChart, Figure, MonthsChart, onScale } from './charts.tsx'
import { Differences } from './differences.tsx'
import { trendIn, weekdaysIn } from './sentences.ts'
import { spreadByMonth } from './spread.ts'

/** Days below which the middle of all days says little. */
const minDays = 7
/** Months up to which each has its name; more have their year. */
const maxNamedMonths = 24

export function Statistics({ stats, from }: { stats: MoodStats; from: string | undefined }) {
  const { valence } = stats
  if (valence.mean === null || valence.n < minDays)
    return <p class="insights-missing">{texts.missing(minDays - valence.n)}</p>
  const months = spreadByMonth(days.value.values(), from)
  const monthName = (month: string) => (months.length <= maxNamedMonths ? shortMonth(`${month}-15`) : month.slice(0, 4))
  const weekdays = stats.by_weekday.map(one => ({ ...one, name: weekday(dayOfWeek(one.weekday)) }))
  const hours = stats.by_hour.map(one => ({ ...one, name: texts.hour(one.hour) }))
  return (
    <>
      <section class="insights-summary" aria-label={texts.summary}>
        <Face valence={valence.mean} size={72} />
        <div>
          <p class="insights-mean">
            <strong class="number">{onScale(valence.mean)}</strong> {wordOf(valence.mean)}
          </p>
          <p>{texts.over(valence.n, stats.entries)}</p>
          {valence.sd !== null && (
            <p>
              {texts.spread(
                onScale(Math.max(-1, valence.mean - valence.sd)),
                onScale(Math.min(1, valence.mean + valence.sd)),
              )}
            </p>
          )}
          <p>{trendIn(stats)}</p>
        </div>
      </section>
      <Differences stats={stats} />
      <div class="insights-figures">
        {months.length > 0 && (
          <Figure
            title={texts.months}
            says={texts.monthsSay}
            head={[texts.month, texts.mean, texts.half, texts.days]}
            rows={months.map(({ month, mean, low, high, n }) => [
              monthAndYear(`${month}-15`),
              onScale(mean),
              texts.range(onScale(low), onScale(high)),
              number(n),
            ])}
          >
            <MonthsChart months={months} nameOf={monthName} />
          </Figure>
        )}
        {weekdays.length > 1 && (
          <Figure
            title={texts.weekdays}
            says={weekdaysIn(stats.associations)}
            head={[texts.weekday, texts.mean, texts.interval, texts.days]}
            rows={rowsOf(weekdays)}
          >
            <EstimatesChart estimates={weekdays.map(one => ({ ...one, name: shortWeekday(dayOfWeek(one.weekday)) }))} />
          </Figure>
        )}
        {hours.length > 1 && (
          <Figure
            title={texts.hours}
            says={texts.hoursSay}
            head={[texts.hourOfDay, texts.mean, texts.interval, texts.days]}
            rows={rowsOf(hours)}
          >
            <EstimatesChart
              estimates={hours.map(one => ({ ...one, name: number(one.hour) }))}
              every={hours.length > 12 ? 3 : 1}
            />
          </Figure>
        )}
      </div>
    </>
  )
}

/** A day that is that weekday; 1 is Monday. */
const dayOfWeek = (weekday: number) => addDays('2024-01-01', weekday - 1)

const rowsOf = (estimates: readonly Estimate[]) =>
  estimates.map(({ name, mean, interval, n }) => [
    name,
    onScale(mean),
    interval ? texts.range(onScale(interval[0] as number), onScale(interval[1] as number)) : texts.tooFew,
    number(n),
  ])
