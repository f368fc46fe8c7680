import { hash } from 'node:crypto'
import { type AnyId, newId, type UserId } from '../ids.ts'
import { digestCounts } from './digest-counts.ts'
import { type Imported, importedDigest, type ThingBatches } from './thing-batches.ts'

/** Tells the rows of a file that are things of their kind already from new ones. */

/** A row on its way to be a thing. */
export interface Pending<New> {
  line: number
  /** Of one of our own files. */
  ownId: AnyId | undefined
  digest: string
  thing: New
  unknownLabel: string | undefined
}

/** One that will be a new thing, with its id. */
export interface Fresh<New> extends Pending<New> {
  thing: New & Imported
}

/** @param dryRun where nothing is stored, what would be a thing is remembered. */
export function knownRows<New>(batches: ThingBatches<New>, userId: UserId, dryRun: boolean) {
  /** Things that a row of one of our own files was found to be. */
  const matched = digestCounts()
  const isMatched = (id: AnyId) => matched.count(digestOf(id)) > 0

  /** Rows of our own files whose content a thing has that no other row was found to be. */
  async function sameContent(
    rows: readonly Pending<New>[],
    taken: Set<AnyId>,
    firstVersion: number | undefined,
  ): Promise<Set<Pending<New>>> {
    const same = new Set<Pending<New>>()
    if (rows.length === 0) return same
    const byContent = new Map<string, AnyId[]>()
    const alike = await batches.alike(
      userId,
      rows.map(({ thing }) => thing),
    )
    for (const there of alike) {
      const isOfThis =
        firstVersion !== undefined && there.version >= firstVersion && there.digest?.startsWith(importedDigest)
      if (isOfThis || isMatched(there.id) || taken.has(there.id)) continue
      byContent.set(there.content, [...(byContent.get(there.content) ?? []), there.id])
    }
    for (const row of rows) {
      const found = byContent.get(batches.contentOf(row.thing))?.shift()
      if (found === undefined) continue
      same.add(row)
      taken.add(found)
    }
    return same
  }

  return {
    /**
     * Sorts the rows of a batch.
     * @param firstVersion of the things after the first batch of this import, if there was one.
     * @returns the new ones with their ids, how many others there are, and the things that they were found to be.
     */
    async sort(rows: readonly Pending<New>[], firstVersion: number | undefined) {
      const [known, ids] = await Promise.all([
        batches.withDigests(
          userId,
          rows.map(({ digest }) => digest),
        ),
        batches.ids(
          userId,
          rows.flatMap(({ ownId }) => ownId ?? []),
        ),
      ])
      const used = new Set<AnyId>()
      const taken = new Set<AnyId>()
      const byId = ({ ownId }: Pending<New>) => {
        if (ownId === undefined) return false
        const isThere = ids.living.has(ownId) || used.has(ownId) || (dryRun && isMatched(ownId))
        if (isThere) taken.add(ownId)
        else used.add(ownId)
        return isThere
      }
      const others = rows.filter(row => !byId(row) && !known.has(row.digest))
      const same = await sameContent(
        others.filter(({ ownId }) => ownId !== undefined),
        taken,
        firstVersion,
      )
      const fresh = others
        .filter(row => !same.has(row))
        .map((row): Fresh<New> => {
          const { ownId, digest } = row
          const isFree = ownId !== undefined && !ids.deleted.has(ownId)
          if (dryRun && ownId !== undefined) taken.add(ownId)
          return { ...row, thing: { ...row.thing, digest, id: isFree ? ownId : newId() } }
        })
      return { fresh, duplicates: rows.length - fresh.length, taken }
    },
    /** Keeps the things that rows of a batch were found to be, when it was written. */
    remember(taken: ReadonlySet<AnyId>) {
      for (const id of taken) matched.add(digestOf(id))
    },
  }
}

const digestOf = (id: AnyId) => hash('sha256', id, 'buffer')
