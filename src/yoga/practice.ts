import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { PracticeId, SequenceId } from '../ids.ts'

export type PracticeRow = Database['tables']['practices']['$inferSelect']

/**
 * The stored fields of a practice, including the title of the sequence at the time, because the sequence may be deleted
 * later.
 */
export type PracticeFields = Omit<
  PracticeRow,
  'userId' | 'id' | 'digest' | 'revision' | 'createdAt' | 'updatedAt' | 'bytes' | 'version'
>

/** A practice in wire names. */
export interface Practice {
  id: PracticeId
  sequence_id: SequenceId
  title: string
  total_seconds: number
  date: string
  note: string | null
  revision: number
  created_at: Date
  updated_at: Date
}

/** A practice's columns, in wire names. */
export const wirePractice = ({ practices }: Pick<Database['tables'], 'practices'>) => ({
  id: practices.id,
  sequence_id: practices.sequenceId,
  title: practices.title,
  total_seconds: practices.totalSeconds,
  date: practices.date,
  note: practices.note,
  revision: practices.revision,
  created_at: practices.createdAt,
  updated_at: sql`coalesce(${practices.updatedAt}, ${practices.createdAt})`.mapWith(practices.createdAt),
})
