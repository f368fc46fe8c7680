import { fold, searchable } from '../fold.ts'
import type { Level, SequenceItem, visibilities } from '../vocabulary.ts'
import { totalSeconds } from './items.ts'

/** What its author says of a sequence. */
export interface SequenceFields {
  title: string
  description: string | null
  category: string | null
  tags: string[]
  level: Level | null
  visibility: (typeof visibilities)[number]
  archived: boolean
  poses: SequenceItem[]
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
