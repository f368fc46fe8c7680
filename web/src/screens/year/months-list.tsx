import { onOwnScale } from '../../days.ts'
import { monthAndYear, number } from '../../format.ts'
import { moods, year as texts, wordOf } from '../../texts.ts'
import { Face } from '../../ui/face.tsx'
import type { Month } from './months.ts'

/** The months in words and bars, the latest first. */
export function Months({ months }: { months: readonly Month[] }) {
  const shown = months.filter(({ logged }) => logged > 0).reverse()
  if (shown.length === 0) return null
  return (
    <section class="year-months" aria-labelledby="year-months">
      <h2 id="year-months">{texts.months}</h2>
      <ol>
        {shown.map(month => (
          <li key={month.first} class="year-month-row">
            <Face valence={month.valence} size={32} />
            <div class="year-month-text">
              <p class="year-month-head">
                <strong>{monthAndYear(month.first)}</strong>
                <span>
                  {month.valence === null
                    ? wordOf(null)
                    : texts.mean(
                        wordOf(month.valence),
                        number(onOwnScale(month.valence), { maximumFractionDigits: 1 }),
                      )}
                </span>
              </p>
              <div class="year-bar" aria-hidden="true">
                {month.steps.map(
                  (days, i) =>
                    days > 0 && <span key={moods[i]} style={{ '--mood': `var(--mood-${i + 1})`, 'flex-grow': days }} />,
                )}
                <span style={{ 'flex-grow': month.length - month.steps.reduce((sum, days) => sum + days, 0) }} />
              </div>
              <p class="year-month-days">{texts.sum(month.logged, month.length)}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
