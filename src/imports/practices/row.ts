import type { DayNumber } from '../../moods/calendar.ts'
import type { OwnThing } from '../row.ts'

/** What one row of a file of practices says. */
export interface PracticeFileRow {
  day: DayNumber
  /** Of the sequence at the time. */
  title: string
  /** A UUID; absent where a file was written by hand. */
  sequence: string | undefined
  /** The length of the sequence at the time. */
  seconds: number
  note: string | null
  /** What only our own files have. */
  own?: OwnThing | undefined
}

/** What a column of 32 bits holds. */
export const maxSeconds = 2 ** 31 - 1
