import type { Commit } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { EntryId } from '../ids.ts'
import { importedDigest, type MadeEntry } from '../moods/entry-batches.ts'
import type { StoredImport } from './import-store.ts'
import type { ImportRunner } from './run-import.ts'

/** Entries of one batch. */
const batchSize = 250
/** Attempts at a batch of entries that are edited meanwhile. */
const maxAttempts = 5

/**
 * Takes back what an import created and nobody has edited since; once more does nothing.
 * @param streakBefore the streak before it, for the same answer to a second request.
 * @returns the import as it is then, and the last version of the moods, if there was a new one.
 * @throws {ApiError} `import_running`, `edit_conflict`.
 */
export async function undoImport(
  { store, batches }: ImportRunner,
  commit: Commit,
  found: StoredImport,
  streakBefore: number,
  now: () => number,
): Promise<{ undone: StoredImport; version?: number }> {
  if (found.state === 'running')
    throw new ApiError('import_running', 'The import is running; wait until it has finished.')
  if (found.state === 'undone') {
    await commit([])
    return { undone: found }
  }
  const { userId, id } = found
  let version: number | undefined
  let after = { digest: importedDigest, id: '' as EntryId }
  for (let failed = 0; ; ) {
    const page = await batches.imported(userId, after, batchSize)
    const made = page.filter(entry => isMadeBy(entry, found))
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
  const summary = { ...found.summary, undone_streak: streakBefore }
  await commit([store.undoneWrite(userId, id, summary, at)])
  const undone: StoredImport = { ...found, state: 'undone', summary, undoneAt: new Date(at) }
  return { undone, ...(version !== undefined && { version }) }
}

/**
 * Whether an entry is as an import made it: it has the version of one of its batches, and no later one; an edit between two
 * of its batches has raised the revision.
 */
function isMadeBy({ version, revision }: MadeEntry, { firstVersion, lastVersion }: StoredImport): boolean {
  return revision === 1 && firstVersion > 0 && firstVersion <= version && version <= lastVersion
}
