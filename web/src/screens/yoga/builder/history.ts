/** What was, what is, and what was taken back. */
export interface History<T> {
  past: readonly T[]
  present: T
  future: readonly T[]
  /** What the last change was about: the next one of the same is part of it, as when a text is typed. */
  about?: string | undefined
}

const maxSteps = 200

export const historyOf = <T>(present: T): History<T> => ({ past: [], present, future: [] })

/** @param about joins changes of the same thing into one step. */
export function changed<T>(history: History<T>, present: T, about?: string): History<T> {
  if (Object.is(present, history.present)) return history
  const joins = about !== undefined && about === history.about
  const past = joins ? history.past : [...history.past, history.present].slice(-maxSteps)
  return { past, present, future: [], about }
}

export function undone<T>({ past, present, future }: History<T>): History<T> {
  const last = past.at(-1)
  if (last === undefined) return { past, present, future }
  return { past: past.slice(0, -1), present: last, future: [present, ...future] }
}

export function redone<T>({ past, present, future }: History<T>): History<T> {
  const [next, ...rest] = future
  if (next === undefined) return { past, present, future }
  return { past: [...past, present], present: next, future: rest }
}
