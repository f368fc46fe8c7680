import { join } from 'node:path'
import t from 'tap'
import { uncovered } from './children.ts'
import { temporaryFolder } from './helper.ts'
import { underKills } from './histories-under-kills.ts'

const seed = Math.floor(Math.random() * 2 ** 31)

t.test('a snapshot is what the entries make, whoever writes and is killed in the middle of it', async t => {
  t.comment(`seed ${seed}`)
  const databaseUrl = `file:${join(temporaryFolder(t), 'moods.db')}`
  const outcome = await underKills({ databaseUrl, env: uncovered, histories: 24, kills: 2, seed })
  t.strictSame(outcome.differences, [], `seed ${seed}`)
  t.equal(outcome.kills, 2)
  t.ok(outcome.checked >= 20, 'and there are some')
})
