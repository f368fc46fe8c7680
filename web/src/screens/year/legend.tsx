import { onOwnScale } from '../../days.ts'
import { number } from '../../format.ts'
import { moods, year as texts } from '../../texts.ts'
import { classes } from '../../ui/classes.ts'
import type { Marks } from './grid.tsx'

/** What the colours, shapes and numbers mean. */
export function Legend({ marks }: { marks: Marks }) {
  return (
    <ul class={classes('year-legend', `year-${marks}`)} aria-label={texts.legend}>
      {moods.map((word, i) => (
        <li key={word}>
          <span class="year-logged" style={{ '--mood': `var(--mood-${i + 1})`, '--level': i + 1 }} aria-hidden="true">
            <span class="year-square">{marks === 'numbers' && number(Math.round(onOwnScale(i / 3 - 1)))}</span>
          </span>
          {word}
        </li>
      ))}
      <li>
        <span class="year-empty" aria-hidden="true">
          <span class="year-square" />
        </span>
        {texts.empty}
      </li>
    </ul>
  )
}
