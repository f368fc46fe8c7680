import { Type } from '@sinclair/typebox'

/** Edits of a resource with a revision, which rises with every edit. */

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'The `ETag` last seen: if the resource has changed since, the request fails with 412.',
    }),
  ),
})

/** Whether `If-Match` matches: absent, `*`, or an ETag of this revision. */
export function unchangedSince(request: RequestIfMatch) {
  return ({ revision }: { revision: number }): boolean => matches(request, tag => tag.startsWith(`"${revision}-`))
}

/**
 * Whether `If-Match` is absent, `*`, or names an ETag that is current. A proxy that compresses marks ours as weak, and
 * still it names the revision.
 */
export function matches({ headers }: RequestIfMatch, isCurrent: (tag: string) => boolean): boolean {
  const ifMatch = headers['if-match']
  if (ifMatch === undefined || ifMatch.trim() === '*') return true
  return ifMatch.split(',').some(tag => isCurrent(tag.trim().replace(/^W\//, '')))
}

interface RequestIfMatch {
  headers: { 'if-match'?: string | undefined }
}
