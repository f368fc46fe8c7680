import type { DayNumber } from '../../moods/calendar.ts'
import { isBlank, tidy } from '../../short-text.ts'
import { type OwnThing, RefusedRow } from '../row.ts'

/** What one row of a file of tasks says. */
export interface TaskSaid {
  title: string
  description: string | null
  due: DayNumber | undefined
  /** Epoch ms; true where the file does not say when it was completed. */
  completed: number | boolean
  /** What only our own files have. */
  own?: OwnThing | undefined
}

/** As of every task that is written by hand. */
const maxTitle = 200
const maxDescription = 10_000

/**
 * Title and description as a task has them: a title that is too long is cut, and stands whole at the head of the description.
 * @throws {RefusedRow}
 */
export function textsOf({ title, description }: TaskSaid): { title: string; description: string | null } {
  const tidied = tidy(title)
  if (isBlank(tidied)) throw new RefusedRow('the title is empty')
  const characters = [...tidied]
  const isLong = characters.length > maxTitle
  const whole = isLong ? [tidied, description ?? ''].join('\n\n').trim() : description
  const length = [...(whole ?? '')].length
  if (length > maxDescription)
    throw new RefusedRow(`the description has ${length} characters; at most ${maxDescription} are allowed`)
  return { title: isLong ? characters.slice(0, maxTitle).join('').trim() : tidied, description: whole }
}
