import { hash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'

/** ETags of a resource with a revision, which rises with every edit. */

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'The `ETag` last seen: if the resource has changed since, the request fails with 412.',
    }),
  ),
})

/**
 * A strong ETag: the revision, and a digest of the whole answer. The digest covers data that other edits change, such
 * as the author's name or that of a pose, which is no reason to refuse an edit of this resource.
 */
export function etagOf(revision: number, shown: unknown): string {
  return `"${revision}-${hash('sha256', JSON.stringify(shown), 'base64url')}"`
}

/** Whether `If-Match` matches: absent, `*`, or an ETag of this revision. */
export function unchangedSince({ headers: { 'if-match': ifMatch } }: { headers: Static<typeof IfMatch> }) {
  return ({ revision }: { revision: number }): boolean => {
    if (ifMatch === undefined || ifMatch.trim() === '*') return true
    return ifMatch.split(',').some(tag => tag.trim().startsWith(`"${revision}-`))
  }
}
