import t from 'tap'
import type { Sequence } from '../../client/src/wire.ts'
import { totalSeconds as serverTotal } from '../../src/yoga/items.ts'
import * as drafts from '../../web/src/screens/yoga/builder/draft.ts'
import { changed, historyOf, redone, undone } from '../../web/src/screens/yoga/builder/history.ts'
import { onClock, startsOf, totalSeconds } from '../../web/src/screens/yoga/duration.ts'

type Item = Sequence['poses'][number]
const item = (name: string, section: string | null, more: Partial<Item> = {}): Item => ({
  position: 1,
  pose_id: null,
  name,
  section,
  side: null,
  seconds: 30,
  breaths: null,
  cue: null,
  ...more,
})
const sequence = (poses: Item[]) =>
  ({ title: 'One', description: null, level: null, category: null, tags: [], poses }) as unknown as Sequence

const build = () =>
  drafts.draftOf(sequence([item('a', 'warm-up'), item('b', 'warm-up'), item('c', 'peak'), item('d', 'rest')]))
const shape = ({ sections }: drafts.Draft) =>
  sections.map(({ name, items }) => `${name}: ${items.map(({ name }) => name).join(' ')}`)
const key = (draft: drafts.Draft, name: string) => drafts.itemsOf(draft).find(it => it.name === name)?.key ?? ''

t.test('a sequence becomes sections and goes back to the server as it came', async t => {
  const poses = [
    item('a', null, { cue: 'slowly' }),
    item('b', 'warm-up', { side: 'both' }),
    item('c', 'warm-up', { seconds: null, breaths: 5 }),
    item('d', null),
  ]
  const draft = drafts.draftOf(sequence(poses))
  t.strictSame(shape(draft), [': a', 'warm-up: b c', ': d'])
  t.strictSame(
    drafts.sentItems(draft),
    poses.map(({ position: _, ...sent }) => sent),
  )
  t.ok(drafts.isSame(draft, drafts.draftOf(sequence(poses))), 'keys do not tell them apart')
})

t.test('by keyboard a pose goes one place, and over the edge of its section into the next', async t => {
  let draft = build()
  draft = drafts.nudged(draft, key(draft, 'a'), 1)
  t.strictSame(shape(draft), ['warm-up: b a', 'peak: c', 'rest: d'])
  draft = drafts.nudged(draft, key(draft, 'a'), 1)
  t.strictSame(shape(draft), ['warm-up: b', 'peak: a c', 'rest: d'])
  draft = drafts.nudged(draft, key(draft, 'd'), -1)
  t.strictSame(shape(draft), ['warm-up: b', 'peak: a c d', 'rest: '])
  t.equal(drafts.nudged(draft, key(draft, 'b'), -1), draft, 'nothing is before the first')
})

t.test('moving, adding, doubling and removing keep all other poses', async t => {
  let draft = build()
  draft = drafts.moved(draft, key(draft, 'a'), { section: 0, index: 1 })
  t.strictSame(shape(draft)[0], 'warm-up: b a')
  draft = drafts.moved(draft, key(draft, 'b'), { section: 2, index: 1 })
  t.strictSame(shape(draft), ['warm-up: a', 'peak: c', 'rest: d b'])
  draft = drafts.doubled(draft, key(draft, 'c'))
  t.equal(new Set(drafts.itemsOf(draft).map(it => it.key)).size, 5, 'the double has a key of its own')
  draft = drafts.removed(draft, key(draft, 'a'))
  t.strictSame(shape(draft), ['warm-up: ', 'peak: c c', 'rest: d b'])
  t.equal(drafts.removed(draft, 'unknown'), draft)
  const pose = { id: 'tree', name: 'Tree', two_sided: true, hold_seconds: 40 } as Parameters<typeof drafts.itemFrom>[0]
  const empty = drafts.draftOf(sequence([]))
  const first = drafts.added(empty, drafts.itemFrom(pose), { section: 0, index: 0 })
  t.strictSame(shape(first), [': Tree'])
  t.match(drafts.itemsOf(first)[0], { pose_id: 'tree', side: 'both', seconds: 40 })
})

t.test('sections are renamed, moved and removed with their poses', async t => {
  const draft = build()
  const peak = draft.sections[1]?.key ?? ''
  t.strictSame(shape(drafts.sectionNudged(draft, peak, -1)), ['peak: c', 'warm-up: a b', 'rest: d'])
  t.equal(drafts.sectionNudged(drafts.sectionNudged(draft, peak, -1), peak, -1).sections[0]?.key, peak)
  t.strictSame(shape(drafts.withoutSection(drafts.renamed(draft, peak, 'x'), peak)), ['warm-up: a b', 'rest: d'])
  t.strictSame(shape(drafts.withSection(draft, 'new')).at(-1), 'new: ')
})

t.test('undo and redo; typing is one step; a new change ends what could be redone', async t => {
  let history = historyOf('')
  for (const text of ['a', 'ab', 'abc']) history = changed(history, text, 'title')
  history = changed(history, 'moved')
  history = undone(history)
  t.equal(history.present, 'abc')
  history = undone(history)
  t.equal(history.present, '')
  t.equal(undone(history).present, '', 'before the first there is nothing')
  history = redone(history)
  t.equal(history.present, 'abc')
  history = changed(history, 'other', 'title')
  t.equal(redone(history).present, 'other')
  t.equal(undone(history).present, 'abc', 'after an undo typing is a new step')
})

t.test('times are those of the server: both sides count twice, a breath is five seconds', async t => {
  const items = [
    item('a', null),
    item('b', null, { side: 'both' }),
    item('c', null, { seconds: null, breaths: 4, side: 'left' }),
  ]
  t.equal(totalSeconds(items), 110)
  t.equal(totalSeconds(items), serverTotal(items))
  t.strictSame(startsOf(items), [0, 30, 90])
  t.strictSame([0, 65, 600, 3750].map(onClock), ['0:00', '1:05', '10:00', '1:02:30'])
})
