import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keptSecret } from '../../src/auth/kept-secret.ts'
import { temporaryFolder } from '../helper.ts'

t.test('the secret is made once, beside the database, for its owner only, and then kept', async t => {
  const folder = temporaryFolder(t)
  const secret = keptSecret(join(folder, 'moods.db'))
  t.match(secret, /^[\w-]{43}$/)
  t.equal(readFileSync(join(folder, 'jwt-secret'), 'utf8'), secret)
  t.equal(statSync(join(folder, 'jwt-secret')).mode & 0o777, 0o600)
  t.equal(keptSecret(join(folder, 'moods.db')), secret)
  t.not(keptSecret(join(temporaryFolder(t), 'moods.db')), secret, 'and every server has its own')
})

t.test('where it cannot be kept, the reason is said', async t => {
  t.throws(() => keptSecret(join(temporaryFolder(t), 'nowhere', 'moods.db')), { code: 'ENOENT' })
})

t.test('security 14: a kept secret that is too short or a pattern is refused: anybody could sign with it', async t => {
  for (const content of ['', '\n', 'short', 'x'.repeat(64)]) {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'jwt-secret'), content)
    t.throws(() => keptSecret(join(folder, 'moods.db')), /jwt-secret/, JSON.stringify(content))
  }
})
