import { Flame, Trophy } from 'lucide'
import { streak } from '../../device.ts'
import { dayRange } from '../../format.ts'
import { insights as texts } from '../../texts.ts'
import { Icon } from '../../ui/icon.tsx'

/** The longest run of days, and the one that goes on. */
export function Runs() {
  const details = streak.value?.streak_details
  if (!details) return null
  const { longest, current } = details
  return (
    <section class="card insights-runs" aria-labelledby="insights-runs">
      <h2 id="insights-runs">{texts.runs}</h2>
      <p>
        <Icon of={Trophy} /> <strong>{texts.run(longest.length)}</strong>{' '}
        {longest.from && longest.to && texts.longest(dayRange(longest.from, longest.to))}
      </p>
      <p>
        <Icon of={Flame} /> <strong>{texts.run(current)}</strong> {texts.current}
      </p>
    </section>
  )
}
