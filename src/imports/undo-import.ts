import type { Commit } from '../db/database.ts'
import type { AnyId, UserId } from '../ids.ts'
import { retryLimit } from '../retry-limit.ts'
import { changedTooOften } from '../until-first.ts'
import type { ImportSummary } from '../vocabulary.ts'
import { type StoredImport, stillRunning } from './import-store.ts'
import { batchSize } from './limits.ts'
import type { ImportRunner } from './run-import.ts'
import type { MadeRange, ThingBatches } from './thing-batches.ts'

/**
 * Takes back what an import created and nobody has edited since; once more does nothing, and several at once do it together.
 * @param kept what is kept of how it was before, for the same answer to a second request.
 * @returns the import as it is then, and the version of the things.
 * @throws {ApiError} `import_running`, `unavailable`.
 */
export async function undoImport<New, S extends ImportSummary>(
  { store, batches }: Pick<ImportRunner<New, S>, 'store' | 'batches'>,
  commit: Commit,
  found: StoredImport<S>,
  kept: Partial<S>,
  now: () => number,
): Promise<{ undone: StoredImport<S>; version: number }> {
  if (found.state === 'running') throw stillRunning()
  if (found.state !== 'undone') {
    const { firstVersion, lastVersion } = await store.stop(commit, found.userId, found.id, now())
    // Without a batch there is no version, and all that has none is from before there were versions.
    await removeMade(batches, commit, found.userId, { after: Math.max(1, firstVersion), last: lastVersion }, now)
  }
  return store.markUndone(commit, { ...found, summary: { ...found.summary, ...kept } }, now())
}

/** Deletes for good, a batch at a time, what an import made and nobody has edited since. */
async function removeMade<New>(
  batches: ThingBatches<New>,
  commit: Commit,
  userId: UserId,
  { after, last }: Omit<MadeRange, 'id'>,
  now: () => number,
): Promise<void> {
  const mayRetry = retryLimit()
  let place: MadeRange = { after, id: '' as AnyId, last }
  for (;;) {
    const made = await batches.madeBy(userId, place, batchSize)
    const end = made.at(-1)
    if (!end) return
    const version = await batches.remove(commit, userId, made, now())
    if (version !== undefined) {
      place = { ...place, after: end.version, id: end.id }
      await new Promise(resolve => setImmediate(resolve))
    } else if (!mayRetry(made.map(({ id }) => id))) throw changedTooOften()
  }
}
