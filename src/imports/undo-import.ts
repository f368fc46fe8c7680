import type { Commit } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { AnyId } from '../ids.ts'
import type { ImportSummary } from '../vocabulary.ts'
import type { StoredImport } from './import-store.ts'
import type { ImportRunner } from './run-import.ts'
import { importedDigest, type MadeThing } from './thing-batches.ts'

/** Things of one batch. */
const batchSize = 250
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
  if (found.state === 'running')
    throw new ApiError('import_running', 'The import is running; wait until it has finished.')
  if (found.state === 'undone') {
    await commit([])
    return { undone: found }
  }
  const { userId, id } = found
  let version: number | undefined
  let after = { digest: importedDigest, id: '' as AnyId }
  for (let failed = 0; ; ) {
    const page = await batches.imported(userId, after, batchSize)
    const made = page.filter(thing => isMadeBy(thing, found))
    const removed = made.length === 0 ? version : await batches.remove(commit, userId, made, now())
    // One of them was edited or deleted meanwhile: it is looked at again.
    if (made.length > 0 && removed === undefined) {
      if (++failed === maxAttempts) throw new ApiError('edit_conflict')
      continue
    }
    version = removed
    const last = page.at(-1)
    if (!last || page.length < batchSize) break
    after = { digest: last.digest as string, id: last.id }
    await new Promise(resolve => setImmediate(resolve))
  }
  const at = now()
  const summary = { ...found.summary, ...kept }
  await commit([store.undoneWrite(userId, id, summary, at)])
  const undone: StoredImport<S> = { ...found, state: 'undone', summary, undoneAt: new Date(at) }
  return { undone, ...(version !== undefined && { version }) }
}

/**
 * Whether a thing is as an import made it: it has the version of one of its batches, and no later one; an edit between two
 * of its batches has raised the revision.
 */
function isMadeBy({ version, revision }: MadeThing, { firstVersion, lastVersion }: StoredImport): boolean {
  return revision === 1 && firstVersion > 0 && firstVersion <= version && version <= lastVersion
}
