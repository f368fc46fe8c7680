import type { Task } from '../../../../client/src/wire.ts'

/** Which task stands where. */

export type Listed = Pick<Task, 'id' | 'title' | 'completed' | 'completed_at' | 'due_on' | 'created_at'>

export const openSections = ['overdue', 'today', 'upcoming', 'undated'] as const
export type SectionName = (typeof openSections)[number]
export type Sections<T> = Record<SectionName | 'completed', T[]>

/**
 * Puts tasks into their sections: open ones by due date, then as they were added; completed ones the latest first.
 * @param of the task of an item.
 * @param today the person's day.
 * @param lingering ids of tasks that stay where they were though they are completed, while the tick is seen.
 */
export function sectionsOf<T>(
  items: readonly T[],
  of: (item: T) => Listed,
  today: string,
  lingering: ReadonlySet<string> = new Set(),
): Sections<T> {
  const sections: Sections<T> = { overdue: [], today: [], upcoming: [], undated: [], completed: [] }
  for (const item of items) sections[sectionOf(of(item), today, lingering)].push(item)
  for (const name of openSections) sections[name].sort((a, b) => compare(openKey(of(a)), openKey(of(b))))
  sections.completed.sort((a, b) => compare(completedKey(of(b)), completedKey(of(a))))
  return sections
}

function sectionOf(task: Listed, today: string, lingering: ReadonlySet<string>): SectionName | 'completed' {
  if (task.completed && !lingering.has(task.id)) return 'completed'
  if (task.due_on === null) return 'undated'
  if (task.due_on === today) return 'today'
  return task.due_on < today ? 'overdue' : 'upcoming'
}

const openKey = ({ due_on, created_at, id }: Listed) => `${due_on ?? ''} ${created_at} ${id}`
const completedKey = ({ completed_at, id }: Listed) => `${completed_at ?? ''} ${id}`
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
