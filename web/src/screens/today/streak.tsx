import { Flame } from 'lucide'
import { useState } from 'preact/hooks'
import { explanation, filled, streak } from '../../device.ts'
import { dayAndMonth } from '../../format.ts'
import { today as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EntryForm } from '../../ui/entry-form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { streakFacts } from './streak-facts.ts'

/** The streak in one glance: how long, why, and what keeps it. */
export function Streak() {
  const [healed, heal] = useState<string>()
  if (!streak.value || !explanation.value) return null
  // Before everything has come once, nobody knows.
  if (!filled.value) return <p class="today-streak today-streak-coming">{texts.coming}</p>
  const { days, status, reason, healing, missing } = streakFacts(streak.value, explanation.value)
  return (
    <section class="today-streak" data-status={status} aria-label={texts.streak.days(days)}>
      <span class="today-flame">
        <Icon of={Flame} size={28} />
      </span>
      <div class="today-streak-text">
        <p class="today-streak-days">{texts.streak.days(days)}</p>
        <p>{reason}</p>
        {healing && <p>{healing}</p>}
        {missing && (
          <Button class="today-heal" onClick={() => heal(missing)}>
            {texts.streak.heal(dayAndMonth(missing))}
          </Button>
        )}
      </div>
      {healed && (
        <Dialog title={texts.howWere(dayAndMonth(healed))} onClose={() => heal(undefined)}>
          <EntryForm date={healed} onDone={() => heal(undefined)} />
        </Dialog>
      )}
    </section>
  )
}
