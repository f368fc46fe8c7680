import { days, today } from '../../days.ts'
import { dayAndMonth } from '../../format.ts'
import { insights as texts } from '../../texts.ts'
import { EntryItem } from '../../ui/entry-item.tsx'

/** What was logged on this day in earlier years. */
export function OnThisDay() {
  const [year, rest] = [Number(today.value.slice(0, 4)), today.value.slice(4)]
  const first = Number([...days.value.keys()].at(-1)?.slice(0, 4) ?? year)
  const years = Array.from({ length: Math.max(0, year - first) }, (_, i) => year - 1 - i).flatMap(
    earlier => days.value.get(`${earlier}${rest}`) ?? [],
  )
  return (
    <section class="card insights-years" aria-labelledby="insights-years">
      <h2 id="insights-years">{texts.onThisDay(dayAndMonth(today.value))}</h2>
      {years.length === 0 && <p class="insights-says">{texts.noYears}</p>}
      {years.length > 0 && (
        <ol>
          {years.map(({ date, entries }) => (
            <li key={date}>
              <h3>{date.slice(0, 4)}</h3>
              {entries.map(entry => (
                <EntryItem key={entry.id} entry={entry} />
              ))}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
