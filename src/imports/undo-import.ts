import type { Commit } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { AnyId } from '../ids.ts'
import type { ImportSummary } from '../vocabulary.ts'
import { isRunning, type StoredImport } from './import-store.ts'
import { batchSize } from './limits.ts'
import type { ImportRunner } from './run-import.ts'

/** Attempts at a batch of things that are edited meanwhile. */
const maxAttempts = 5

/**
 * Takes back what an import created and nobody has edited since; once more does nothing.
 * @param kept what is kept of how it was before, for the same answer to a second request.
 * @returns the import as it is then, and the last version of the things, if there was a new one.
 * @throws {ApiError} `import_running`, `edit_conflict`.
 */
export async function undoImport<New, S extends ImportSummary>(
  { store, batches }: Pick<ImportRunner<New, S>, 'store' | 'batches'>,
  commit: Commit,
  found: StoredImport<S>,
  kept: Partial<S>,
  now: () => number,
): Promise<{ undone: StoredImport<S>; version?: number }> {
  if (found.state === 'running') throw isRunning()
  if (found.state === 'undone') {
    await commit([])
    return { undone: found }
  }
  const { userId, id } = found
  const { firstVersion, lastVersion } = await store.stop(commit, userId, id, now())
  let version: number | undefined
  // Without a batch there is no version, and all that has none is from before there were versions.
  let place = { after: Math.max(1, firstVersion), id: '' as AnyId, last: lastVersion }
  for (let failed = 0; ; ) {
    const made = await batches.madeBy(userId, place, batchSize)
    const last = made.at(-1)
    if (!last) break
    const removed = await batches.remove(commit, userId, made, now())
    // One of them was edited or deleted meanwhile: they are looked for again.
    if (removed === undefined) {
      if (++failed === maxAttempts) throw new ApiError('edit_conflict')
      continue
    }
    version = removed
    place = { ...place, after: last.version, id: last.id }
    await new Promise(resolve => setImmediate(resolve))
  }
  const at = now()
  const summary = { ...found.summary, ...kept }
  await commit([store.undoneWrite(userId, id, summary, at)])
  const undone: StoredImport<S> = { ...found, state: 'undone', summary, undoneAt: new Date(at) }
  return { undone, ...(version !== undefined && { version }) }
}
