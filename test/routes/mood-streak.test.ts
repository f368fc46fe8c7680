import t from 'tap'
import { build, signUp } from '../helper.ts'

t.test('March 1, 2, 3 and 5 carry 1, 2, 3 and 1', async t => {
  const { app } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  for (const day of [1, 2, 3, 5]) {
    const answer = await maya.post('/mood', { mood: day, date: `2026-03-0${day}` })
    t.equal(answer.statusCode, 201)
  }
  const { moods, streak, streak_details: details } = (await maya.get('/mood')).json()
  t.strictSame(
    moods.map((entry: { date: string; streak: number }) => [entry.date, entry.streak]),
    [
      ['2026-03-05', 1],
      ['2026-03-03', 3],
      ['2026-03-02', 2],
      ['2026-03-01', 1],
    ],
  )
  t.equal(streak, 1)
  t.match(details, { current: 1, status: 'active', longest: { length: 3 }, expires_at: '2026-03-07T00:00:00.000Z' })

  const asOf = async (day: string) => {
    const { streak, streak_details } = (await maya.get(`/mood?as_of=${day}`)).json()
    return [streak, streak_details.status]
  }
  t.strictSame(await asOf('2026-03-03'), [3, 'active'])
  t.strictSame(await asOf('2026-03-04'), [3, 'at_risk'])
  t.strictSame(await asOf('2026-03-05'), [1, 'active'])
  t.strictSame(await asOf('2026-03-07'), [0, 'broken'])
})

t.test('the labels that are listed are those that get a valence, with the one they get', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { labels } = (await maya.get('/mood/labels')).json()
  t.ok(labels.length > 50)
  for (const { label, valence } of [labels[0], labels.find(({ label }: { label: string }) => label === 'sad')]) {
    t.equal((await maya.post('/mood', { mood: label })).json().mood.valence, valence)
  }
  const valences = labels.map(({ valence }: { valence: number }) => valence)
  t.strictSame(
    valences,
    valences.toSorted((a: number, b: number) => b - a),
    'the best first',
  )
})
