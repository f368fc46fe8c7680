import type { DayNumber } from '../moods/calendar.ts'
import type { WrittenInstant } from '../moods/written-instant.ts'
import type { DateSource, MoodValue } from '../vocabulary.ts'

/** What one row of a file says, as it was read: before any zone, scale or map. */
export interface Fields {
  /** The local day that the file names. */
  day?: DayNumber | undefined
  /** The local time beside it, `HH:MM` or `HH:MM:SS`, where nothing tells its zone. */
  time?: string | undefined
  instant?: WrittenInstant | undefined
  /** The zone that the row names, as it is stored. */
  timezone?: string | undefined
  /** A word or a number; absent where the valence is all there is. */
  mood?: MoodValue | undefined
  /** By the scale of the file; absent where it has none. */
  valence?: number | null | undefined
  note: string | null
  tags: readonly string[]
  /** What only our own files have. */
  own?: OwnFields | undefined
}

/** A thing as our own export gives it, beyond what any file says. */
export interface OwnThing {
  id: string
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
}

/** The same of an entry. */
export interface OwnFields extends OwnThing {
  loggedAt: number
  dateSource: DateSource
  /** Undefined in files of before there was such a thing. */
  onTime: boolean | undefined
}

/** A row: what it says, and where. */
export type Row<F = Fields> = F & {
  /** Of the file from 1, where the record begins; in JSON, XML and backups the record's number. */
  line: number
}

export interface Refusal {
  line: number
  /** For people; names no note. */
  reason: string
}

/** A row that is not taken: what is ambiguous or impossible is never guessed. */
export class RefusedRow extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'RefusedRow'
  }
}

export function isRefusal(read: object): read is Refusal {
  return 'reason' in read
}

/** What the rows of a file are read from, and what is told about the file besides. */
export interface Source {
  bytes: AsyncIterable<Buffer>
  /** Is told the names of columns that are not read. */
  ignored(columns: readonly string[]): void
}

/** Reads the rows of a file. */
export type ReadRows<F = Fields> = (source: Source) => AsyncGenerator<Row<F> | Refusal, void, undefined>

/** A row by what reads it, or why it is refused. */
export const rowOf = <F extends object>(line: number, read: () => F): Row<F> | Refusal =>
  orRefusal(line, () => ({ line, ...read() }))

/**
 * What is made of a row, or why it is refused.
 * @param make throws `RefusedRow`.
 */
export function orRefusal<T>(line: number, make: () => T): T | Refusal {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof RefusedRow)) throw error
    return { line, reason: error.message }
  }
}

/** Characters of a value that are repeated in a reason. */
const maxQuoted = 40

/** A value of a row as a reason repeats it. */
export function quoted(text: string): string {
  const characters = [...text.replace(/[\p{Cc}\ufffd]/gu, ' ').toWellFormed()]
  return `"${characters.slice(0, maxQuoted).join('')}${characters.length > maxQuoted ? '…' : ''}"`
}
