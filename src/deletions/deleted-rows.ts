import type { AnyId, UserId } from '../ids.ts'
import type { DeletionStore } from './deletions.ts'

/** Deleted things that are read at once. */
const chunkSize = 100

/** What can be restored, some at a time. */
export async function* deletedRows<Id extends AnyId>(
  deletions: Pick<DeletionStore<Id>, 'page'>,
  user: UserId,
  now: () => number,
) {
  for (let offset = 0; ; offset += chunkSize) {
    const { rows } = await deletions.page(user, { limit: chunkSize, offset }, now())
    if (rows.length > 0) yield rows.map(({ content, deletedAt }) => ({ ...content, deleted_at: deletedAt }))
    if (rows.length < chunkSize) return
  }
}
