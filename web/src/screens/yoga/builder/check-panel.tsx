import { CircleAlert, CircleCheck } from 'lucide'
import { yoga as texts } from '../../../texts.ts'
import { Icon } from '../../../ui/icon.tsx'
import { onClock } from '../duration.ts'
import type { BuilderStore } from './store.ts'

const { build } = texts

/** What a teacher would say about it; a finding leads to its pose. */
export function CheckPanel({ store, onShow }: { store: BuilderStore; onShow: (position: number) => void }) {
  const check = store.check.value
  return (
    <section class="yoga-check-panel" aria-labelledby="yoga-check">
      <header class="yoga-check-head">
        <h2 id="yoga-check">{build.check}</h2>
        <label class="yoga-target">
          {build.target}
          <input
            class="input"
            type="number"
            inputMode="numeric"
            min={1}
            max={600}
            value={store.minutes.value ?? ''}
            onChange={event => {
              const minutes = event.currentTarget.valueAsNumber
              store.setMinutes(minutes >= 1 && minutes <= 600 ? Math.round(minutes) : undefined)
            }}
          />
        </label>
      </header>
      {check && (check.left_seconds > 0 || check.right_seconds > 0) && (
        <p class="yoga-facts number">{build.leftRight(onClock(check.left_seconds), onClock(check.right_seconds))}</p>
      )}
      <div role="status">
        {!check && <p class="yoga-facts">{build.checkWaits}</p>}
        {check?.findings.length === 0 && (
          <p class="yoga-sound">
            <Icon of={CircleCheck} /> {build.sound}
          </p>
        )}
        <ul class="yoga-findings">
          {check?.findings.map(({ code, positions, message }) => (
            <li key={`${code} ${message}`}>
              <Icon of={CircleAlert} />
              {positions[0] === undefined ? (
                <span>{message}</span>
              ) : (
                <button type="button" onClick={() => onShow(positions[0] as number)}>
                  {message}
                </button>
              )}
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
