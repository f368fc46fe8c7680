import { createHash } from 'node:crypto'
import { Conflict } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'

/** What routes that write have in common: retries of a creation, and edits of one thing by several devices. */

/** What tells a retry from a clash: everything that was sent, whatever the order of its fields. */
export function digestOfSubmission(body: object): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(body).sort()))
    .digest('base64url')
}

/** The one failure of a creation that is no failure: the user has something with this id in one of its tables. */
export function ifThereIn(...tables: string[]) {
  return (error: unknown): 'there' => {
    if (error instanceof Conflict && tables.includes(error.table)) return 'there'
    throw error
  }
}

/**
 * Reads, changes and writes a thing; when someone else wrote in between, reads again, so that two devices that change
 * different things both succeed. With `If-Match` the one who read an older revision is told so instead.
 * @param matches whether `If-Match` lets what was found be edited.
 * @param write answers undefined when what was found is no longer what is there.
 */
export async function edit<Found, T>(
  find: () => Promise<Found>,
  matches: (found: Found) => boolean,
  write: (found: Found) => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const found = await find()
    if (!matches(found)) throw new ApiError('stale_version')
    const answered = await write(found)
    if (answered !== undefined) return answered
  }
  throw new ApiError('edit_conflict')
}
