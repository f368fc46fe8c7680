import { dayFromNow, givenId } from './normal.ts'
import type { Person, Script } from './script.ts'

/** Poses, sequences, practices. */
export async function yogaCalls(script: Script) {
  const ines = await script.signUp('ines', { role: 'instructor', first_name: 'Ines', last_name: 'Okafor' })
  const noor = await script.signUp('noor')
  const pose = await poses(script, ines, noor)
  const id = await sequences(script, ines, noor, pose)
  await sharing(script, ines, noor, id)
  await practices(script, ines, noor, id)
  await script.call('delete a sequence with a stale ETag', `DELETE /sequences/${id}`, {
    as: ines,
    headers: { 'if-match': '"1-x"' },
  })
  await script.call("delete somebody else's sequence", `DELETE /sequences/${id}`, { as: noor })
  await script.call('delete a sequence', `DELETE /sequences/${id}`, { as: ines })
  await script.call('delete it once more', `DELETE /sequences/${id}`, { as: ines })
}

async function poses(script: Script, ines: Person, noor: Person): Promise<string> {
  for (const query of [
    '?per_page=3',
    '?q=vrikshasana',
    '?level=beginner&category=balance&two_sided=true&per_page=5',
    '?q=zzz',
    '?level=hard',
    '?page=2&per_page=100',
    '?two_sided=maybe',
  ]) {
    await script.call(`poses ${query}`, `GET /poses${query}`, { as: noor })
  }
  await script.call('poses as nobody', 'GET /poses')
  await script.call('a pose', 'GET /poses/downward-dog', { as: noor })
  await script.call('no pose', 'GET /poses/upward-cat', { as: noor })
  const make = (what: string, as: Person, body: unknown) =>
    script.call(`make a pose: ${what}`, 'POST /poses', { as, body })
  const wall = await make('at the wall', ines, {
    name: 'Tree at the Wall',
    categories: ['standing', 'balance'],
    two_sided: true,
    hold_seconds: 60,
    benefits: null,
  })
  await make('by a member', noor, { name: 'Mine' })
  await make('without a name', ines, {})
  await make('of no category', ines, { name: 'x', categories: ['flying'] })
  await make('held for ever', ines, { name: 'x', hold_seconds: 3_601 })
  const path = `/poses/${wall.at('id')}`
  await script.call('an own pose', `GET ${path}`, { as: ines })
  await script.call("somebody else's pose", `GET ${path}`, { as: noor })
  await script.call('change a pose', `PATCH ${path}`, { as: ines, body: { cautions: 'Stay close.', level: null } })
  await script.call("change somebody else's pose", `PATCH ${path}`, { as: noor, body: { cautions: 'x' } })
  await script.call('change the catalogue', 'PATCH /poses/tree', { as: ines, body: { cautions: 'x' } })
  await script.call('delete from the catalogue', 'DELETE /poses/tree', { as: ines })
  for (let n = 1; n < 500; n++) await script.quietly('POST /poses', { as: ines, body: { name: `Pose ${n}` } })
  await make('one too many', ines, { name: 'Pose 501' })
  await script.call('own poses first', 'GET /poses?q=wall', { as: ines })
  return wall.at('id')
}

async function sequences(script: Script, ines: Person, noor: Person, pose: string): Promise<string> {
  const items = [
    { pose_id: 'cat', breaths: 8, section: 'warm-up' },
    { pose_id: 'downward-dog', seconds: 90, section: 'warm-up', cue: 'Bend the knees.' },
    { pose_id: 'warrior-2', seconds: 30, side: 'left', section: 'peak' },
    { pose_id: pose },
    { name: 'Walk around', seconds: 60 },
    { pose_id: 'corpse', seconds: 300 },
  ]
  const make = (what: string, as: Person | undefined, body: unknown, headers = {}) =>
    script.call(`make a sequence: ${what}`, 'POST /sequences', { as, body, headers })
  const made = await make('morning', ines, {
    title: 'Before breakfast',
    category: 'Morning',
    tags: ['short', 'Short', 'standing'],
    level: 'beginner',
    poses: items,
  })
  await make('empty', ines, { title: 'Nothing yet' }, { 'idempotency-key': 'sequence-1' })
  await make('the same again', ines, { title: 'Nothing yet' }, { 'idempotency-key': 'sequence-1' })
  await make('other by the same key', ines, { title: 'Something' }, { 'idempotency-key': 'sequence-1' })
  await make('by a member', noor, { title: 'Mine' })
  await make('as nobody', undefined, { title: 'Mine' })
  await make('without a title', ines, { poses: items })
  await make('of wrong poses', ines, {
    title: 'x',
    poses: [{ pose_id: 'none' }, {}, { name: 'x', seconds: 5, breaths: 5 }, { pose_id: 'cat', side: 'both' }],
  })
  await make('of too much', ines, {
    title: 'x',
    level: 'hard',
    visibility: 'all',
    poses: [{ pose_id: 'cat', seconds: 0 }],
  })
  const id = made.at('id')
  const path = `/sequences/${id}`
  const read = await script.call('a sequence', `GET ${path}`, { as: ines })
  const etag = String(read.headers.etag)
  await script.call('a sequence, unchanged', `GET ${path}`, { as: ines, headers: { 'if-none-match': etag } })
  await script.call('a private sequence of somebody else', `GET ${path}`, { as: noor })
  await script.call('a sequence whose id is none', 'GET /sequences/none', { as: noor })
  await script.call('a check', `GET ${path}/check?minutes=20`, { as: ines })
  await script.call('a check without a time', `GET ${path}/check`, { as: ines })
  await script.call('a check of no time', `GET ${path}/check?minutes=0`, { as: ines })

  const order = (what: string, body: unknown, headers = {}) =>
    script.call(`poses of a sequence: ${what}`, `PUT ${path}/poses`, { as: ines, body, headers })
  await order('the other way round', { order: [2, 1, 3, 4, 5, 6] }, { 'if-match': etag })
  await order('with a stale ETag', { order: [2, 1, 3, 4, 5, 6] }, { 'if-match': etag })
  await order('in an order that leaves one out', { order: [1, 2, 3] })
  await order('neither', {})
  await order('both', { order: [1], poses: [] })
  await order('others', { poses: [...items, { name: 'Sit' }] })
  await order('wrong ones', { poses: [{ pose_id: 'none' }] })
  const item = (what: string, position: number | string, body: unknown) =>
    script.call(`a pose of a sequence: ${what}`, `PATCH ${path}/poses/${position}`, { as: ines, body })
  await item('breaths', 2, { breaths: 8 })
  await item('another pose', 3, { pose_id: 'triangle', side: 'both' })
  await item('a free name', 4, { name: 'Rest' })
  await item('none there', 99, { breaths: 8 })
  await item('no position', 'x', { breaths: 8 })
  await item('nothing left', 5, { name: null })
  const patch = (what: string, body: unknown, sent: object = {}) =>
    script.call(`change a sequence: ${what}`, `PATCH ${path}`, { as: ines, body, ...sent })
  await patch('its title', { title: 'Twenty minutes before breakfast', category: null })
  await patch('with a stale ETag', { title: 'x' }, { headers: { 'if-match': etag } })
  await patch('publish', { visibility: 'published', category: 'Morning' })
  await patch('by somebody else', { title: 'mine' }, { as: noor })
  await patch('a null title', { title: null })
  await script.call('delete the own pose', `DELETE /poses/${pose}`, { as: ines })
  await script.call('the sequence without the own pose', `GET ${path}`, { as: ines })
  for (const query of [
    '',
    '?scope=published',
    '?scope=published&q=breakfast&sort=title',
    '?category=morning&tag=SHORT&level=beginner',
    '?archived=true',
    '?scope=published&archived=true',
    '?q=bréak',
    '?sort=-title&per_page=1',
    '?sort=x',
    '?scope=all',
  ]) {
    await script.call(`sequences ${query}`, `GET /sequences${query}`, { as: ines })
    await script.call(`sequences for a member ${query}`, `GET /sequences${query}`, { as: noor })
  }
  return id
}

async function sharing(script: Script, ines: Person, noor: Person, id: string) {
  const path = `/sequences/${id}`
  await script.call('a published sequence of somebody else', `GET ${path}`, { as: noor })
  await script.call('the check of a published sequence', `GET ${path}/check`, { as: noor })
  await script.call('copy an own one', `POST ${path}/copy`, { as: ines, body: { title: 'After work' } })
  await script.call('copy a published one', `POST ${path}/copy`, { as: noor })
  await script.call('copy it by key', `POST ${path}/copy`, { as: noor, headers: { 'idempotency-key': 'copy-1' } })
  await script.call('copy it by the same key', `POST ${path}/copy`, {
    as: noor,
    headers: { 'idempotency-key': 'copy-1' },
  })
  await script.call('copy nothing', `POST /sequences/${givenId(300)}/copy`, { as: noor })
  await script.call('copy under no title', `POST ${path}/copy`, { as: noor, body: { title: '' } })
  await script.call('copies of a member', 'GET /sequences', { as: noor })
  await script.call('unpublish as the author', `POST ${path}/unpublish`, { as: ines })
}

async function practices(script: Script, ines: Person, noor: Person, id: string) {
  const log = (what: string, body?: unknown, sent: object = {}) =>
    script.call(`practise ${what}`, `POST /sequences/${id}/practices`, { as: noor, body, ...sent })
  const first = await log('today')
  await log('on a day', { date: '2020-03-01', note: 'Hips feel free.' })
  await log('on a null day', { date: null, note: null })
  await log('on a day to come', { date: dayFromNow(9) })
  await log('with an unknown field', { when: 'now' })
  await log('by key', { date: '2020-03-02' }, { headers: { 'idempotency-key': 'practice-1' } })
  await log('by the same key', { date: '2020-03-02' }, { headers: { 'idempotency-key': 'practice-1' } })
  await log('as nobody', {}, { as: undefined })
  await log('in Auckland', {}, { headers: { 'x-timezone': 'Pacific/Auckland' } })
  await script.call('practise nothing', `POST /sequences/${givenId(301)}/practices`, { as: noor, body: {} })
  await script.call('practices of a sequence', `GET /sequences/${id}/practices`, { as: noor })
  await script.call('practices of a sequence by its author', `GET /sequences/${id}/practices`, { as: ines })
  for (const query of [
    '',
    '?from=2020-03-01&to=2020-03-31',
    `?sequence=${id}&per_page=1`,
    '?from=2020-04-01&to=2020-03-01',
    '?sequence=none',
    `?sequence=${givenId(302)}`,
  ]) {
    await script.call(`practices ${query.replace(id, ':id')}`, `GET /practices${query}`, { as: noor })
  }
  const path = `/practices/${first.at('id')}`
  await script.call('a practice', `GET ${path}`, { as: noor })
  await script.call("somebody else's practice", `GET ${path}`, { as: ines })
  await script.call("delete somebody else's practice", `DELETE ${path}`, { as: ines })
  await script.call('delete a practice', `DELETE ${path}`, { as: noor })
  await script.call('a practice that is gone', `GET ${path}`, { as: noor })
}
