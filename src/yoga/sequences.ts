import type { Database } from '../db/database.ts'
import { searchable } from '../fold.ts'
import { distinctTidied, keyOf } from '../short-text.ts'
import type { SequenceItem } from '../vocabulary.ts'
import { inCatalogue } from './catalogue.ts'
import { resolved, totalSeconds } from './items.ts'

export type SequenceRow = Database['tables']['sequences']['$inferSelect']

/** The fields of a sequence that its author sets. */
export type SequenceFields = Omit<
  SequenceRow,
  | 'userId'
  | 'id'
  | 'copiedFrom'
  | 'poseCount'
  | 'totalSeconds'
  | 'categoryKey'
  | 'tagKeys'
  | 'titleKey'
  | 'searchText'
  | 'revision'
  | 'createdAt'
  | 'updatedAt'
  | 'bytes'
  | 'version'
>

/** The defaults of a new sequence. */
export const blankSequence: SequenceFields = {
  title: '',
  description: null,
  category: null,
  tags: [],
  level: null,
  visibility: 'private',
  archived: false,
  poses: [],
}

/** A change to a sequence apart from its poses: absent fields stay, null clears. */
export type SequenceChange = Partial<Omit<SequenceFields, 'poses' | 'tags'>> & { tags?: string[] | null }

/** A sequence's fields after a change. */
export function changedSequence(before: SequenceFields, change: SequenceChange): SequenceFields {
  const { title, description, category, tags, level, visibility, archived } = { ...before, ...change }
  const distinctTags = distinctTidied(tags ?? [])
  return { title, description, category, tags: distinctTags, level, visibility, archived, poses: before.poses }
}

/** The items for their author, or for others: to others the author's custom poses are free names. */
export function seenItems(items: SequenceItem[], own: boolean): SequenceItem[] {
  return own ? items : resolved(items, inCatalogue)
}

/**
 * The fields of a copy: it is private, whatever it was copied from.
 * @param poses as the copier sees them.
 */
export function copyOf(original: SequenceFields, poses: SequenceItem[], title = original.title): SequenceFields {
  return { ...original, title, poses, visibility: 'private', archived: false }
}

/** Whether it is listed for everyone: an archived sequence is shown to its author only. */
export function isPublic({ visibility, archived }: Pick<SequenceFields, 'visibility' | 'archived'>): boolean {
  return visibility === 'published' && !archived
}

/** The columns that lists are filtered and sorted by. */
export function listedBy({ title, description, category, tags, level, poses }: SequenceFields) {
  return {
    level,
    totalSeconds: totalSeconds(poses),
    categoryKey: category === null ? null : keyOf(category),
    tagKeys: `\n${tags.map(tag => `${tagKey(tag)}\n`).join('')}`,
    titleKey: [...searchable(title)].slice(0, 64).join(''),
    searchText: searchable([title, description, category, ...tags].filter(Boolean).join('\n')),
  }
}

/** A tag in the format of `tagKeys`: its own line. */
export function tagKey(tag: string): string {
  return keyOf(tag)
}

export interface Names {
  username: string
  firstName: string | null
  lastName: string | null
}

/** The public name of an author: the name, or without one the username. */
export function authorName({ username, firstName, lastName }: Names): string {
  return [firstName, lastName].filter(Boolean).join(' ') || username
}
