import t from 'tap'
import { authorName, isPublic, listedBy, type SequenceFields, tagKey } from '../../src/yoga/sequences.ts'

const fields: SequenceFields = {
  title: 'Guten Morgen, Ärger!',
  description: null,
  category: 'STRASSE',
  tags: ['Hüfte', 'two\nlines'],
  level: null,
  visibility: 'private',
  archived: false,
  poses: [{ pose_id: null, name: 'Walk', section: null, side: 'both', seconds: null, breaths: 2, cue: null }],
}

t.test('what lists search is without case and accents, and the title is sorted by its beginning', async t => {
  t.strictSame(listedBy(fields), {
    level: null,
    totalSeconds: 20,
    categoryKey: 'strasse',
    tagKeys: '\nhüfte\ntwo lines\n',
    titleKey: 'guten morgen, arger!',
    searchText: 'guten morgen, arger!\nstrasse\nhufte\ntwo\nlines',
  })
  t.match(listedBy({ ...fields, category: null, tags: [] }), { categoryKey: null, tagKeys: '\n' })
  t.equal(listedBy({ ...fields, title: 'é'.repeat(200) }).titleKey, 'e'.repeat(64))
  t.equal(
    listedBy({ ...fields, title: `a${'🌧'.repeat(199)}` }).titleKey,
    `a${'🌧'.repeat(63)}`,
    'no letter is cut in two',
  )
  t.equal(tagKey('Two\nLines'), 'two lines')
})

t.test('only what is published and not put away is public', async t => {
  t.equal(isPublic({ visibility: 'published', archived: false }), true)
  t.equal(isPublic({ visibility: 'published', archived: true }), false)
  t.equal(isPublic({ visibility: 'private', archived: false }), false)
})

t.test('an author goes by their name, and by their username where they gave none', async t => {
  t.equal(authorName({ username: 'maya', firstName: 'Maya', lastName: 'Okafor' }), 'Maya Okafor')
  t.equal(authorName({ username: 'maya', firstName: null, lastName: 'Okafor' }), 'Okafor')
  t.equal(authorName({ username: 'maya', firstName: null, lastName: null }), 'maya')
})
