import t from 'tap'
import { placeOf } from '../../src/moods/entry-list.ts'

t.test('the place of an entry is read from its JSON; without an instant it comes after those of its day', async t => {
  const entry = {
    id: 'a',
    date: '2026-03-01',
    occurred_at: '2026-03-01T10:00:00.000Z',
    created_at: '2026-03-02T00:00:00.000Z',
  }
  const place = (changed: object) =>
    placeOf({ entry: JSON.stringify({ ...entry, ...changed }).slice(0, -1), version: 1, date: entry.date } as never)
  t.strictSame(place({}), { id: 'a', date: '2026-03-01', at: new Date(entry.occurred_at) })
  t.ok(place({ occurred_at: null }).at > place({}).at)
})
