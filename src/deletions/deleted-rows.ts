import type { AnyId, UserId } from '../ids.ts'
import type { DeletionStore } from './deletions.ts'

/** Deleted things that are read at once. */
const chunkSize = 100

/**
 * What can be restored, some at a time. By ids and not by pages, which would skip one whenever another is restored
 * meanwhile.
 */
export async function* deletedRows<Id extends AnyId>(
  deletions: Pick<DeletionStore<Id>, 'ids' | 'findAll'>,
  user: UserId,
  now: () => number,
) {
  const ids = await deletions.ids(user, now())
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize)
    const found = await deletions.findAll(user, chunk, now())
    const kept = chunk.map(id => found.get(id)).filter(row => row !== undefined && 'content' in row)
    yield kept.map(({ content, deletedAt }) => ({ ...content, deleted_at: deletedAt }))
  }
}
