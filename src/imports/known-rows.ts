import { type EntryId, idFrom, newId, type UserId } from '../ids.ts'
import { formatDay } from '../moods/calendar.ts'
import { type EntryBatches, type ImportedEntry, importedDigest } from '../moods/entry-batches.ts'
import type { Fields, OwnFields } from './row.ts'

/** Tells the rows of a file that are entries already from new ones. */

/** A row on its way to be an entry. */
export interface Pending {
  line: number
  row: Fields
  entry: Omit<ImportedEntry, 'id'>
  unknownLabel: string | undefined
}

/** One that will be a new entry, with its id. */
export interface Fresh extends Pending {
  entry: ImportedEntry
}

/** @param dryRun where nothing is stored, what would be an entry is remembered. */
export function knownRows(batches: EntryBatches, userId: UserId, dryRun: boolean) {
  /** Entries that a row of one of our own files was found to be. */
  const matched = new Set<EntryId>()

  /** Rows of our own files whose content an entry has that no other row was found to be. */
  async function sameContent(
    rows: readonly Pending[],
    taken: Set<EntryId>,
    firstVersion: number | undefined,
  ): Promise<Set<Pending>> {
    const same = new Set<Pending>()
    if (rows.length === 0) return same
    const dates = [...new Set(rows.map(({ entry }) => formatDay(entry.day)))]
    const byContent = new Map<string, EntryId[]>()
    for (const there of await batches.onDays(userId, dates)) {
      const isOfThis =
        firstVersion !== undefined && there.version >= firstVersion && there.digest?.startsWith(importedDigest)
      if (isOfThis || matched.has(there.id) || taken.has(there.id)) continue
      const content = contentOf(there)
      byContent.set(content, [...(byContent.get(content) ?? []), there.id])
    }
    for (const row of rows) {
      const { entry } = row
      const found = byContent.get(contentOf({ ...entry, date: formatDay(entry.day) }))?.shift()
      if (found === undefined) continue
      same.add(row)
      taken.add(found)
    }
    return same
  }

  return {
    /**
     * Sorts the rows of a batch.
     * @param firstVersion of the moods after the first batch of this import, if there was one.
     * @returns the new ones with their ids, how many others there are, and the entries that they were found to be.
     */
    async sort(rows: readonly Pending[], firstVersion: number | undefined) {
      const own = rows.flatMap(({ row }) => row.own ?? [])
      const [known, ids] = await Promise.all([
        batches.withDigests(
          userId,
          rows.map(({ entry }) => entry.digest),
        ),
        batches.ids(userId, own.map(idOf)),
      ])
      const used = new Set<EntryId>()
      const taken = new Set<EntryId>()
      const byId = ({ own }: Fields) => {
        if (!own) return false
        const entryId = idOf(own)
        const isThere = ids.living.has(entryId) || used.has(entryId) || (dryRun && matched.has(entryId))
        if (isThere) taken.add(entryId)
        else used.add(entryId)
        return isThere
      }
      const others = rows.filter(({ row, entry }) => !byId(row) && !known.has(entry.digest))
      const same = await sameContent(
        others.filter(({ row }) => row.own),
        taken,
        firstVersion,
      )
      const fresh = others
        .filter(pendingRow => !same.has(pendingRow))
        .map((pendingRow): Fresh => {
          const wanted = pendingRow.row.own && idOf(pendingRow.row.own)
          const isFree = wanted !== undefined && !ids.deleted.has(wanted)
          if (dryRun && wanted !== undefined) taken.add(wanted)
          return { ...pendingRow, entry: { ...pendingRow.entry, id: isFree ? wanted : newId<EntryId>() } }
        })
      return { fresh, duplicates: rows.length - fresh.length, taken }
    },
    /** Keeps the entries that rows of a batch were found to be, when it was written. */
    remember(taken: ReadonlySet<EntryId>) {
      for (const id of taken) matched.add(id)
    },
  }
}

const idOf = ({ id }: OwnFields) => idFrom<EntryId>(id)

type Content = Pick<ImportedEntry, 'mood' | 'note' | 'tags' | 'occurredAt'> & { date: string }
const contentOf = ({ date, occurredAt, mood, note, tags }: Content) =>
  JSON.stringify([date, occurredAt?.getTime() ?? null, mood, note, tags])
