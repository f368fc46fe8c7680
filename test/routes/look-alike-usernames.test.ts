import t from 'tap'
import { fold } from '../../src/fold.ts'
import { isUsername, userStore } from '../../src/users/users.ts'
import { build, password, signUp } from '../helper.ts'

/** Each mixes scripts: `а`, `о`, `у` and `р` are Cyrillic, `ο` and `α` Greek. */
const lookAlikes = [
  'mаya',
  'nοor',
  'рaul',
  'mαya',
  'Maya.Окafor',
  '𝐦ауа',
  'ｍауа',
  'ma\u0443a',
  'maya-אב',
  '山田ﾐнa',
  '김ひな',
  'ひㄅ',
]

const names = [
  'maya',
  'Zoë.Straße_1',
  'Żółw',
  'дарья-7',
  'Δάφνη',
  'נועה',
  'مايا',
  'माया',
  'মায়া',
  'மாயா',
  'มายา',
  'მაია',
  'Մայա',
  'ማያ',
  '王小明',
  '王小明.wang',
  '山田ひなカー',
  'yamada山田ひな',
  '김하나kim',
  'ㄅㄆ王wang',
  '2026',
  'مايا٧',
  'ｍａｙａ',
  'mayá',
  'maya\u0301',
]

t.test(
  'a username has letters of one script, or of those that are written together (UTS 39, highly restrictive)',
  async t => {
    for (const name of names) t.ok(isUsername(name), name)
    for (const name of lookAlikes) t.notOk(isUsername(name), name)
    for (const name of ['ᎹᏯ', 'ߡߊߦߊ', 'ꦩꦪ']) t.notOk(isUsername(name), `${name}: a script of limited use`)
  },
)

t.test('a look-alike is refused at sign-up, at a change and by availability, and the sentence says why', async t => {
  const { app } = await build(t)
  const noor = await signUp(app, 'noor')
  for (const username of lookAlikes) {
    const answers = [
      await app.inject({ method: 'POST', url: '/signup', payload: { username, password } }),
      await noor.put('/account/username', { username, current_password: password }),
      await app.inject({ url: '/availability', query: { username } }),
    ]
    for (const answer of answers) {
      t.equal(answer.statusCode, 400, username)
      t.match(answer.json().errors, [/^username must .*letters of one script/])
    }
  }
  t.equal((await noor.get('/me')).json().username, 'noor')
  for (const username of names.slice(0, 3)) await signUp(app, username)
})

t.test('a look-alike that exists stays, signs in, is shown and can be changed', async t => {
  const { app, database } = await build(t)
  const username = 'mаya'
  const { passwordHash, role } = { passwordHash: await app.passwords.hash(password), role: 'member' as const }
  const old = { username, passwordHash, role, email: null, firstName: null, lastName: null, timezone: null }
  await app.commitUnguarded(userStore(database).create(old, 0).writes)
  await signUp(app, 'maya')

  const login = (name: string) => app.inject({ method: 'POST', url: '/login', payload: { username: name, password } })
  const answer = await login(username.toUpperCase())
  t.equal(answer.statusCode, 200)
  t.not(fold(username), fold('maya'))
  const headers = { authorization: `Bearer ${answer.json().token}` }
  t.equal((await app.inject({ url: '/me', headers })).json().username, username)
  t.equal(
    (await app.inject({ method: 'PATCH', url: '/profile', headers, payload: { first_name: 'M' } })).statusCode,
    200,
  )
  const payload = { username: 'mayaa', current_password: password }
  t.equal((await app.inject({ method: 'PUT', url: '/account/username', headers, payload })).statusCode, 200)
  t.equal((await login('mayaa')).statusCode, 200)
})
