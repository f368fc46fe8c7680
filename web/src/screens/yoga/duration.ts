import type { Sequence } from '../../../../client/src/wire.ts'

/** Times of poses, as the server counts them. */

type Held = Pick<Sequence['poses'][number], 'seconds' | 'breaths' | 'side'>

/** A breath is counted as this many seconds. */
export const secondsPerBreath = 5

/** The seconds on one side. */
export const secondsOnce = ({ seconds, breaths }: Pick<Held, 'seconds' | 'breaths'>): number =>
  seconds ?? (breaths ?? 0) * secondsPerBreath

/** The seconds that a pose takes: with `both` it is held twice. */
export const secondsOf = (item: Held): number => secondsOnce(item) * (item.side === 'both' ? 2 : 1)

export const totalSeconds = (items: readonly Held[]): number => items.reduce((sum, item) => sum + secondsOf(item), 0)

/** When each pose begins, in seconds from the start. */
export function startsOf(items: readonly Held[]): number[] {
  let at = 0
  return items.map(item => {
    const start = at
    at += secondsOf(item)
    return start
  })
}

/** `4:05`, or `1:02:30`. */
export function onClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** Whole minutes, at least one. */
export const minutesOf = (seconds: number): number => Math.max(1, Math.round(seconds / 60))
