import { useState } from 'preact/hooks'
import { explanation, filled, streak } from '../../device.ts'
import { dayAndMonth } from '../../format.ts'
import { today as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EntryForm } from '../../ui/entry-form.tsx'
import { streakFacts } from './streak-facts.ts'

/** What a forgotten day would make of the streak. It stands below the question, which does not move when the streak is known. */
export function Healing() {
  const [healed, heal] = useState<string>()
  if (!streak.value || !explanation.value || !filled.value) return null
  const { healing, missing } = streakFacts(streak.value, explanation.value)
  return (
    <>
      {healing && (
        <div class="today-healing">
          <p>{healing}</p>
          {missing && <Button onClick={() => heal(missing)}>{texts.streak.heal(dayAndMonth(missing))}</Button>}
        </div>
      )}
      {healed && (
        <Dialog title={texts.howWere(dayAndMonth(healed))} onClose={() => heal(undefined)}>
          <EntryForm date={healed} onDone={() => heal(undefined)} />
        </Dialog>
      )}
    </>
  )
}
