import type { DayNumber } from '../../moods/calendar.ts'
import type { OwnThing } from '../row.ts'

/** What one row of a file of tasks says. */
export interface TaskFileRow {
  title: string
  description: string | null
  due: DayNumber | undefined
  /** Epoch ms; true where the file does not say when it was completed. */
  completed: number | boolean
  /** What only our own files have. */
  own?: OwnThing | undefined
}
