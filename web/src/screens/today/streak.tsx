import { Flame } from 'lucide'
import { explanation, filled, streak } from '../../device.ts'
import { today as texts } from '../../texts.ts'
import { Icon } from '../../ui/icon.tsx'
import { streakFacts } from './streak-facts.ts'

/** The streak in one glance: how long, and why. */
export function Streak() {
  if (!streak.value || !explanation.value) return null
  // Before everything has come once, nobody knows. It takes as much room as what will stand there.
  if (!filled.value) return <p class="today-streak today-streak-coming">{texts.coming}</p>
  const { days, status, reason } = streakFacts(streak.value, explanation.value)
  return (
    <section class="today-streak" data-status={status} aria-label={texts.streak.days(days)}>
      <span class="today-flame">
        <Icon of={Flame} size={28} />
      </span>
      <div class="today-streak-text">
        <p class="today-streak-days">{texts.streak.days(days)}</p>
        <p>{reason}</p>
      </div>
    </section>
  )
}
