import { hash } from 'node:crypto'
import type { Database } from '../../db/database.ts'
import { idFrom, type PracticeId, type SequenceId } from '../../ids.ts'
import { formatDay, lastPossibleDay } from '../../moods/calendar.ts'
import type { Quotas } from '../../quotas/quotas.ts'
import { keyOf } from '../../short-text.ts'
import type { PracticeFormat } from '../../vocabulary.ts'
import { plainImporter } from '../plain-importer.ts'
import { RefusedRow } from '../row.ts'
import type { Made } from '../run-import.ts'
import { titleAndText } from '../title-and-text.ts'
import { type NewPractice, practiceBatches } from './batches.ts'
import type { PracticeFileRow } from './row.ts'

/** Imports of practices. */
export const practiceImporter = (database: Database, quotas: Quotas) =>
  plainImporter<PracticeFormat, PracticeFileRow, NewPractice>(database, quotas, practiceBatches(database, quotas), {
    digestOf,
    make: made,
  })

/**
 * A practice has its sequence's title and length, and so is whole without the sequence, which nobody looks for: in another
 * account there is none with its id, as after it was deleted.
 * @throws {RefusedRow}
 */
function made(row: PracticeFileRow, now: number): Made<NewPractice> {
  const { day, sequence, seconds: totalSeconds, own } = row
  const last = lastPossibleDay(now)
  if (day > last)
    throw new RefusedRow(`date must not be after ${formatDay(last)}, the latest current date in any time zone`)
  const created = own?.createdAt ?? now
  const { title, text: note } = titleAndText(row.title, row.note, 'note')
  const thing = {
    date: formatDay(day),
    title,
    sequenceId: sequence === undefined ? sequenceCalled(title) : idFrom<SequenceId>(sequence),
    totalSeconds,
    note,
    createdAt: new Date(created),
    updatedAt: new Date(own?.updatedAt ?? created),
  }
  return { thing, ownId: own && idFrom<PracticeId>(own.id) }
}

/**
 * The id of a sequence of which there is nothing but its title, the same for the same title: `GET /practices?sequence=` has
 * all of its practices. Of version 8, and so that of no sequence.
 */
function sequenceCalled(title: string): SequenceId {
  const bytes = hash('sha256', `sequence:${keyOf(title)}`, 'buffer').subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return idFrom(bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
}

function digestOf(format: PracticeFormat, { day, title, sequence, seconds, note, own }: PracticeFileRow): Buffer {
  const said = ['practice', format, day, title, sequence, seconds, note, own !== undefined]
  // Not by an object, which V8 would keep until it collects all of the heap.
  return hash('sha256', JSON.stringify(said), 'buffer')
}
