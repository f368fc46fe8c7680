import type { Sequence } from '../../../../../client/src/wire.ts'
import { secondsOnce } from '../duration.ts'

/** The time of a class: a place on one line from its start to its end, which runs or stands still. */

export interface Step {
  name: string
  pose_id: string | null
  section: string | null
  /** A pose on both sides is two steps. */
  side: 'left' | 'right' | null
  seconds: number
  cue: string | null
}

/** All in ms. */
export interface ClassClock {
  /** The place on the line when it last started or stopped. Negative while everybody gets ready. */
  at: number
  /** When it started to run, by the clock of the device; undefined while it stands still. */
  since?: number | undefined
}

/** Where a class is at a moment. */
export interface Moment {
  /** -1 while everybody gets ready; the number of steps at the end. */
  index: number
  /** Of the step, or until the first one begins. */
  remainingMs: number
  isRunning: boolean
}

/** To walk to the mat, ms. */
export const readyMs = 5_000
/** Going back within this time (ms) of a step's beginning leads to the step before it. */
const justBegun = 3_000

/** The steps of a class; what is held for no time is left out. */
export function stepsOf(poses: Sequence['poses']): Step[] {
  return poses.flatMap(({ name, pose_id, section, side, cue, ...held }): Step[] => {
    const step = { name, pose_id, section, seconds: secondsOnce(held), cue }
    if (step.seconds <= 0) return []
    if (side === 'both')
      return [
        { ...step, side: 'left' },
        { ...step, side: 'right' },
      ]
    return [{ ...step, side }]
  })
}

export const started = (now: number): ClassClock => ({ at: -readyMs, since: now })

const place = ({ at, since }: ClassClock, now: number): number => (since === undefined ? at : at + now - since)

export function momentOf(clock: ClassClock, steps: readonly Step[], now: number): Moment {
  let rest = place(clock, now)
  const isRunning = clock.since !== undefined
  if (rest < 0) return { index: -1, remainingMs: -rest, isRunning }
  for (const [index, { seconds }] of steps.entries()) {
    if (rest < seconds * 1000) return { index, remainingMs: seconds * 1000 - rest, isRunning }
    rest -= seconds * 1000
  }
  return { index: steps.length, remainingMs: 0, isRunning: false }
}

export const paused = (clock: ClassClock, now: number): ClassClock => ({ at: place(clock, now) })
export const resumed = (clock: ClassClock, now: number): ClassClock => ({ at: place(clock, now), since: now })

const beginningOf = (steps: readonly Step[], index: number): number =>
  steps.slice(0, index).reduce((sum, { seconds }) => sum + seconds * 1000, 0)

const at = (clock: ClassClock, to: number, now: number): ClassClock =>
  clock.since === undefined ? { at: to } : { at: to, since: now }

/** To the beginning of the next step. */
export function skipped(clock: ClassClock, steps: readonly Step[], now: number): ClassClock {
  return at(clock, beginningOf(steps, momentOf(clock, steps, now).index + 1), now)
}

/** To the beginning of this step, or of the one before it. */
export function wentBack(clock: ClassClock, steps: readonly Step[], now: number): ClassClock {
  const { index } = momentOf(clock, steps, now)
  const begun = beginningOf(steps, index)
  const isEarly = place(clock, now) - begun < justBegun
  return at(clock, isEarly ? beginningOf(steps, Math.max(0, index - 1)) : begun, now)
}
