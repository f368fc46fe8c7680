import type { Pose, Sequence, SequencePoses } from '../../../../../client/src/wire.ts'

/** A sequence while it is built: sections with their poses. Every change gives a new draft. */

type SentItem = NonNullable<SequencePoses['poses']>[number]

export interface DraftItem {
  /** Of this item on this screen. */
  key: string
  pose_id: string | null
  name: string
  side: 'left' | 'right' | 'both' | null
  seconds: number | null
  breaths: number | null
  cue: string | null
}
export interface DraftSection {
  key: string
  name: string
  items: readonly DraftItem[]
}
export interface Details {
  title: string
  description: string | null
  level: Sequence['level']
  category: string | null
  tags: string[]
}
export interface Draft extends Details {
  sections: readonly DraftSection[]
}

/** Where an item is: the section's place, and its place in it. */
export interface Place {
  section: number
  index: number
}

export const maxItems = 300
let counted = 0
export const newKey = (): string => `k${++counted}`

/** A run of poses with the same section is one section; those without have an empty name. */
export function draftOf({ title, description, level, category, tags, poses }: Sequence): Draft {
  const sections: { key: string; name: string; items: DraftItem[] }[] = []
  for (const { section, pose_id, name, side, seconds, breaths, cue } of poses) {
    if (sections.at(-1)?.name !== (section ?? '')) sections.push({ key: newKey(), name: section ?? '', items: [] })
    sections.at(-1)?.items.push({ key: newKey(), pose_id, name, side, seconds, breaths, cue })
  }
  return { title, description, level, category, tags, sections }
}

/** The poses of all sections, in order. */
export const itemsOf = ({ sections }: Pick<Draft, 'sections'>): DraftItem[] => sections.flatMap(({ items }) => items)

/** As `PUT /sequences/{id}/poses` takes it. */
export const sentItems = ({ sections }: Pick<Draft, 'sections'>): SentItem[] =>
  sections.flatMap(({ name, items }) => items.map(({ key: _, ...item }) => ({ ...item, section: name.trim() || null })))

/** As `PATCH /sequences/{id}` takes it: without the poses. */
export const detailsOf = ({ title, description, level, category, tags }: Details): Details => ({
  title,
  description,
  level,
  category: category?.trim() || null,
  tags,
})

/** Whether two drafts would be stored as the same. */
export const isSame = (a: Draft, b: Draft): boolean =>
  JSON.stringify([detailsOf(a), sentItems(a)]) === JSON.stringify([detailsOf(b), sentItems(b)])

/** A pose of the catalogue, held as it usually is. */
export const itemFrom = (pose: Pose): DraftItem => ({
  key: newKey(),
  pose_id: pose.id,
  name: pose.name,
  side: pose.two_sided ? 'both' : null,
  seconds: pose.hold_seconds,
  breaths: null,
  cue: null,
})

export function placeOf({ sections }: Draft, key: string): Place | undefined {
  for (const [section, { items }] of sections.entries()) {
    const index = items.findIndex(item => item.key === key)
    if (index !== -1) return { section, index }
  }
  return undefined
}

const withItems = (draft: Draft, section: number, make: (items: readonly DraftItem[]) => DraftItem[]): Draft => ({
  ...draft,
  sections: draft.sections.map((one, i) => (i === section ? { ...one, items: make(one.items) } : one)),
})

/** Puts an item into a section, before what is at that place; without a section it gets one. */
export function added(draft: Draft, item: DraftItem, to: Place): Draft {
  if (draft.sections.length === 0) return { ...draft, sections: [{ key: newKey(), name: '', items: [item] }] }
  return withItems(draft, to.section, items => items.toSpliced(to.index, 0, item))
}

export function removed(draft: Draft, key: string): Draft {
  const at = placeOf(draft, key)
  return at ? withItems(draft, at.section, items => items.toSpliced(at.index, 1)) : draft
}

/** @param to counted without the item itself. */
export function moved(draft: Draft, key: string, to: Place): Draft {
  const at = placeOf(draft, key)
  const item = at && draft.sections[at.section]?.items[at.index]
  if (!item || (at.section === to.section && at.index === to.index)) return draft
  return added(removed(draft, key), item, to)
}

/** One place up or down; from the edge of a section into the one before or after it. */
export function nudged(draft: Draft, key: string, by: -1 | 1): Draft {
  const at = placeOf(draft, key)
  const here = at && draft.sections[at.section]
  if (!here) return draft
  const index = at.index + by
  if (index >= 0 && index < here.items.length) return moved(draft, key, { section: at.section, index })
  const section = at.section + by
  const there = draft.sections[section]
  if (!there) return draft
  return moved(draft, key, { section, index: by === 1 ? 0 : there.items.length })
}

export function edited(draft: Draft, key: string, changes: Partial<Omit<DraftItem, 'key'>>): Draft {
  const at = placeOf(draft, key)
  if (!at) return draft
  return withItems(draft, at.section, items => items.map(item => (item.key === key ? { ...item, ...changes } : item)))
}

/** The same again, right after it. */
export function doubled(draft: Draft, key: string): Draft {
  const at = placeOf(draft, key)
  const item = at && draft.sections[at.section]?.items[at.index]
  return item ? added(draft, { ...item, key: newKey() }, { section: at.section, index: at.index + 1 }) : draft
}

export const withSection = (draft: Draft, name: string): Draft => ({
  ...draft,
  sections: [...draft.sections, { key: newKey(), name, items: [] }],
})

export const renamed = (draft: Draft, key: string, name: string): Draft => ({
  ...draft,
  sections: draft.sections.map(section => (section.key === key ? { ...section, name } : section)),
})

/** Its poses go with it. */
export const withoutSection = (draft: Draft, key: string): Draft => ({
  ...draft,
  sections: draft.sections.filter(section => section.key !== key),
})

/** A section one place up or down, with its poses. */
export function sectionNudged(draft: Draft, key: string, by: -1 | 1): Draft {
  const at = draft.sections.findIndex(section => section.key === key)
  const [section, other] = [draft.sections[at], draft.sections[at + by]]
  if (!section || !other) return draft
  return { ...draft, sections: draft.sections.with(at, other).with(at + by, section) }
}
