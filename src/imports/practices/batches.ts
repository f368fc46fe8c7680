import { and, asc, inArray } from 'drizzle-orm'
import { eq } from '../../db/conditions.ts'
import type { Database } from '../../db/database.ts'
import { insertRaised } from '../../db/raised-version.ts'
import { columnsOf } from '../../db/statements.ts'
import type { PracticeId } from '../../ids.ts'
import { quotaStore } from '../../quotas/quotas.ts'
import { rowBytes } from '../../quotas/row-bytes.ts'
import type { PracticeFields } from '../../yoga/practice.ts'
import { type ThingBatches, thingBatches } from '../thing-batches.ts'

/** A practice as an import makes it. */
export interface NewPractice extends PracticeFields {
  createdAt: Date
  updatedAt: Date
}

/** Practices of an import. */
export function practiceBatches(database: Database, quotas = quotaStore(database)): ThingBatches<NewPractice> {
  const { prepare, query, tables } = database
  const { practices, users } = tables
  const batches = thingBatches(database, 'practice', quotas)
  const insert = prepare('practice_batch_insert', columnsOf(practices, 'version'), (db, row) =>
    insertRaised(db, practices, [users, 'practiceVersion'], row),
  )

  return {
    ...batches,
    add(commit, userId, added, alongside) {
      const rows = added.map(({ id, ...practice }) => {
        return { ...practice, userId, id: id as PracticeId, revision: 1, bytes: bytesOf(practice) }
      })
      return batches.addRows(
        commit,
        userId,
        rows,
        alongside,
        rows.map(row => insert.asWrite(row)),
      )
    },

    bytesOf,

    async alike(userId, added) {
      const days = [...new Set(added.map(({ date }) => date))]
      const { id, digest, version, date, title, sequenceId, totalSeconds, note } = practices
      const rows = await query(db =>
        db
          .select({ id, digest, version, date, title, sequenceId, totalSeconds, note })
          .from(practices)
          .where(and(eq(practices.userId, userId), inArray(date, days)))
          .orderBy(asc(date), asc(id)),
      )
      return rows.map(({ id, digest, version, ...practice }) => ({ id, digest, version, content: contentOf(practice) }))
    },

    contentOf,
  }
}

const bytesOf = ({ title, note }: Pick<NewPractice, 'title' | 'note'>) => rowBytes(title, note)

function contentOf({ date, title, sequenceId, totalSeconds, note }: PracticeFields): string {
  return JSON.stringify([date, title, sequenceId, totalSeconds, note])
}
