import t from 'tap'
import { levels, poseCategories } from '../../src/vocabulary.ts'
import { catalogue, inCatalogue } from '../../src/yoga/catalogue.ts'
import { filterPoses, type Pose } from '../../src/yoga/poses.ts'

t.test('the catalogue has at least 80 poses, each complete and with a slug of its own', async t => {
  t.ok(catalogue.length >= 80, `${catalogue.length} poses`)
  t.equal(new Set(catalogue.map(({ slug }) => slug)).size, catalogue.length)
  t.equal(new Set(catalogue.map(({ name }) => name)).size, catalogue.length)
  t.equal(new Set(catalogue.map(pose => pose.sanskrit_name)).size, catalogue.length)
  for (const pose of catalogue) {
    t.match(pose.id, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    t.equal(pose.slug, pose.id)
    t.ok(levels.includes(pose.level), pose.id)
    t.ok(pose.categories.length > 0 && new Set(pose.categories).size === pose.categories.length, pose.id)
    t.strictSame(
      pose.categories.filter(category => !poseCategories.includes(category)),
      [],
      pose.id,
    )
    t.ok(pose.hold_seconds >= 10 && pose.hold_seconds <= 300, pose.id)
    for (const text of [pose.benefits, pose.cautions]) t.match(text, /^[A-Z].{20,}\.$/, pose.id)
    for (const text of [pose.name, pose.sanskrit_name]) t.equal(text, text?.normalize('NFC'), pose.id)
    t.match(pose.sanskrit_name, /āsana|āsan|āsana I+$|Karaṇī|Śiśosana/, pose.id)
  }
  for (const category of poseCategories)
    t.ok(filterPoses(catalogue, { category }).length >= 3, `there is a choice of ${category}`)
  for (const level of levels) t.ok(filterPoses(catalogue, { level }).length >= 15, level)
})

t.test('a slug finds its pose, and nothing else does', async t => {
  t.match(inCatalogue('tree'), { name: 'Tree Pose', sanskrit_name: 'Vṛkṣāsana', two_sided: true, own: false })
  for (const wrong of ['Tree', 'trees', '', '__proto__', 'constructor']) t.equal(inCatalogue(wrong), undefined)
})

const slugs = (q: string) => filterPoses(catalogue, { q }).map(({ id }) => id)

t.test('a pose is found by English or Sanskrit, with or without accents, and as teachers spell it', async t => {
  for (const q of ['Vṛkṣāsana', 'vrksasana', 'VRIKSHASANA', 'vṛkṣa', ' tree '])
    t.ok(slugs(q).includes('tree'), `${q}: ${slugs(q)}`)
  for (const q of ['svanasana', 'shvanasana', 'Śvānāsana', 'adho mukha śvān'])
    t.ok(slugs(q).includes('downward-dog'), q)
  for (const q of ['trikonasana', 'Trikoṇāsana']) t.ok(slugs(q).includes('triangle'), q)
  for (const q of ['paschimottanasana', 'pashchimottanasana', 'pascimottanasana'])
    t.strictSame(slugs(q), ['seated-forward-bend'], q)
  t.ok(slugs('chaturanga').includes('four-limbed-staff'))
  t.strictSame(slugs('warrior three'), [])
})

t.test('every word of a search must be found, in any order, and none finds everything', async t => {
  t.strictSame(slugs('dog downward'), ['downward-dog', 'three-legged-dog'])
  t.strictSame(slugs('dog tree'), [])
  t.equal(slugs('').length, catalogue.length)
  t.equal(slugs(' \t ').length, catalogue.length)
})

t.test('filters are joined by and, and the order is the alphabet of the English names', async t => {
  const found = filterPoses(catalogue, { level: 'beginner', category: 'standing', two_sided: true })
  t.ok(found.length >= 5)
  for (const pose of found) t.match(pose, { level: 'beginner', two_sided: true })
  for (const pose of found) t.ok(pose.categories.includes('standing'))
  t.ok(filterPoses(catalogue, { two_sided: false }).every(pose => !pose.two_sided))
  const names = filterPoses(catalogue, {}).map(({ name }) => name)
  t.strictSame(names, names.toSorted(new Intl.Collator('en', { ignorePunctuation: false }).compare))
})

t.test('poses of the same name stand in the order of their ids, whatever order they come in', async t => {
  const pose = { ...(catalogue[0] as Pose), name: 'Àpple', sanskrit_name: null }
  const some = ['b', 'a', 'c'].map(id => ({ ...pose, id }))
  for (const list of [some, some.toReversed()])
    t.strictSame(
      filterPoses(list, {}).map(({ id }) => id),
      ['a', 'b', 'c'],
    )
  t.equal(filterPoses(some, { q: 'apple' }).length, 3)
  t.equal(filterPoses(some, { q: 'asana' }).length, 0, 'one without a Sanskrit name has none to be found by')
})
