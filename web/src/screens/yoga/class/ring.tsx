import { yoga } from '../../../texts.ts'
import { onClock } from '../duration.ts'
import { type Moment, readyMs, type Step } from './class-clock.ts'

const radius = 46

/** What is left of the pose, in whole seconds. */
export function Ring({ moment, step, second }: { moment: Moment; step: Step; second: number }) {
  const whole = moment.index < 0 ? readyMs : step.seconds * 1000
  const share = Math.min(1, moment.remainingMs / whole)
  return (
    <div class="yoga-ring" role="timer" aria-label={yoga.classMode.remaining}>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle class="yoga-ring-track" cx="50" cy="50" r={radius} />
        <circle
          class="yoga-ring-left"
          cx="50"
          cy="50"
          r={radius}
          pathLength={1}
          stroke-dasharray="1 1"
          stroke-dashoffset={1 - share}
        />
      </svg>
      <span class="number">{second >= 60 ? onClock(second) : second}</span>
    </div>
  )
}
