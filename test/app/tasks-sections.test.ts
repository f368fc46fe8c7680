import t from 'tap'
import { nextMonday } from '../../web/src/screens/tasks/next-monday.ts'
import { type Listed, sectionsOf } from '../../web/src/screens/tasks/sections.ts'

const task = (id: string, due_on: string | null, completed_at: string | null = null): Listed => ({
  id,
  title: id,
  due_on,
  completed: completed_at !== null,
  completed_at,
  created_at: `2026-11-01T00:00:0${id.length}Z`,
})
const ids = (tasks: readonly Listed[]) => tasks.map(({ id }) => id)
const day = '2026-11-26'

t.test('overdue, today, upcoming and undated tasks, each by due date and then as they were added', async t => {
  const tasks = [
    task('bb', '2026-11-27'),
    task('a', '2026-11-27'),
    task('c', null),
    task('d', day),
    task('e', '2026-11-25'),
    task('f', '2025-12-31'),
  ]
  const sections = sectionsOf(tasks, it => it, day)
  t.strictSame(ids(sections.overdue), ['f', 'e'])
  t.strictSame(ids(sections.today), ['d'])
  t.strictSame(ids(sections.upcoming), ['a', 'bb'])
  t.strictSame(ids(sections.undated), ['c'])
  t.strictSame(sections.completed, [])
})

t.test('completed tasks are apart, the latest first, but for those whose tick is still seen', async t => {
  const tasks = [
    task('a', day, '2026-11-20T08:00:00Z'),
    task('b', day, '2026-11-26T08:00:00Z'),
    task('c', day, '2026-11-26T09:00:00Z'),
  ]
  const sections = sectionsOf(tasks, it => it, day, new Set(['c']))
  t.strictSame(ids(sections.completed), ['b', 'a'])
  t.strictSame(ids(sections.today), ['c'])
})

t.test('next week begins on the Monday after today, also on a Monday', async t => {
  t.equal(nextMonday('2026-11-26'), '2026-11-30')
  t.equal(nextMonday('2026-11-29'), '2026-11-30')
  t.equal(nextMonday('2026-11-30'), '2026-12-07')
})
