import type { Database } from '../db/database.ts'
import { distinctFolded, fold, searchable } from '../fold.ts'
import type { SequenceItem } from '../vocabulary.ts'
import { inCatalogue } from './catalogue.ts'
import { resolved, totalSeconds } from './items.ts'

export type SequenceRow = Database['tables']['sequences']['$inferSelect']

/** What its author says of a sequence. */
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
>

/** A sequence before its author says anything of it. */
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

/** What its author says of a sequence, apart from its poses: absent stays, null clears. */
export type SequenceChange = Partial<Omit<SequenceFields, 'poses' | 'tags'>> & { tags?: string[] | null }

/** A sequence's fields with a change. */
export function changedSequence(before: SequenceFields, change: SequenceChange): SequenceFields {
  const { title, description, category, tags, level, visibility, archived } = { ...before, ...change }
  const distinctTags = distinctFolded(tags ?? [])
  return { title, description, category, tags: distinctTags, level, visibility, archived, poses: before.poses }
}

/** The items as their author sees them, or as others do: for them the author's own poses are free names. */
export function seenItems(items: SequenceItem[], own: boolean): SequenceItem[] {
  return own ? items : resolved(items, inCatalogue)
}

/** What a copy begins with: nobody else sees it, whatever it was copied from. @param poses as the copier sees them. */
export function copyOf(original: SequenceFields, poses: SequenceItem[], title = original.title): SequenceFields {
  return { ...original, title, poses, visibility: 'private', archived: false }
}

/** Whether everybody may read it: what its author has put away is shown to nobody else. */
export function isPublic({ visibility, archived }: Pick<SequenceFields, 'visibility' | 'archived'>): boolean {
  return visibility === 'published' && !archived
}

/** What lists are filtered and sorted by. */
export function listedBy({ title, description, category, tags, level, poses }: SequenceFields) {
  return {
    level,
    totalSeconds: totalSeconds(poses),
    categoryKey: category === null ? null : fold(category),
    tagKeys: `\n${tags.map(tag => `${tagKey(tag)}\n`).join('')}`,
    titleKey: [...searchable(title)].slice(0, 64).join(''),
    searchText: searchable([title, description, category, ...tags].filter(Boolean).join('\n')),
  }
}

/** A tag as it stands in `tagKeys`: a line of its own. */
export function tagKey(tag: string): string {
  return fold(tag).replaceAll('\n', ' ')
}

export interface Names {
  username: string
  firstName: string | null
  lastName: string | null
}

/** What others see of an author: the name, or the username of those who gave none. */
export function authorName({ username, firstName, lastName }: Names): string {
  return [firstName, lastName].filter(Boolean).join(' ') || username
}
