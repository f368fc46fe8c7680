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
          <span
            class="year-pixel year-logged"
            style={{ '--mood': `var(--mood-${i + 1})`, '--level': i + 1 }}
            aria-hidden="true"
          >
            {marks === 'numbers' && number(Math.round(onOwnScale(i / 3 - 1)))}
          </span>
          {word}
        </li>
      ))}
      <li>
        <span class="year-pixel year-empty" aria-hidden="true" />
        {texts.empty}
      </li>
    </ul>
  )
}
