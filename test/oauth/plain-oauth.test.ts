import t from 'tap'
import { build } from '../helper.ts'
import { browser, isSignedIn } from './browser.ts'
import { type Claims, standIn } from './stand-in.ts'

/** GitHub and Facebook, according to their documentation. */

const github = await standIn(t)
const facebook = await standIn(t)
const { app } = await build(t, {
  env: { ...github.env('GITHUB'), ...facebook.env('FACEBOOK') },
  oauth: {
    origins: {
      github: { site: github.issuer, api: github.issuer },
      facebook: { site: facebook.issuer, api: facebook.issuer },
    },
  },
})
t.beforeEach(() => {
  github.mischief = {}
  facebook.mischief = {}
})
const stands = { github, facebook }

async function signIn(name: 'github' | 'facebook', person: Claims, more: Record<string, string> = {}) {
  const window = browser(app)
  const visit = await window.begin(name)
  return { window, answer: await window.arrive(stands[name], name, visit, person, more) }
}
const emails = (primary: object) => [{ email: 'other@example.org', primary: false, verified: true }, primary]

t.test('at GitHub the number is who one is, and the primary address counts when it is verified', async t => {
  const octo = {
    id: 583231,
    login: 'octo',
    name: 'Octo Cat',
    emails: emails({ email: 'octo@example.org', primary: true, verified: true }),
  }
  const { window } = await signIn('github', octo)
  const me = await window.whoami()
  t.match(me, { username: 'octo', email: 'octo@example.org', first_name: 'Octo Cat' })
  const { identities } = (await window.get('/account/identities')).json()
  t.match(identities, [{ provider: 'github', issuer: 'https://github.com' }])
  t.strictSame(github.asked.slice(-2), ['/user', '/user/emails'])

  const renamed = await signIn('github', { ...octo, login: 'renamed' })
  t.equal((await renamed.window.whoami())?.id, me?.id)
  const { id } = octo
  const successor = await signIn('github', { ...octo, id: id + 1 })
  t.not((await successor.window.whoami())?.id, me?.id, 'a name that was given to another is another person')
})

t.test('an address at GitHub that is not verified, not primary or not there is none', async t => {
  for (const [i, list] of [
    emails({ email: 'a1@example.org', primary: true, verified: false }),
    emails({ email: 'a2@example.org', primary: true }),
    [{ email: 'a3@example.org', verified: true }],
    [],
    { message: 'not a list' },
  ].entries()) {
    const { window } = await signIn('github', { id: 1000 + i, login: `octo-${i}`, emails: list })
    t.match(await window.whoami(), { username: `octo-${i}`, email: null })
  }
})

t.test('at Facebook nobody says that an address is verified, so none is taken over', async t => {
  const person = { id: '1234567', name: 'Ines M', first_name: 'Ines', last_name: 'M', email: 'ines@example.org' }
  const { window } = await signIn('facebook', person)
  const me = await window.whoami()
  t.match(me, { username: 'Ines.M', email: null, first_name: 'Ines', last_name: 'M' })
  const { identities } = (await window.get('/account/identities')).json()
  t.match(identities, [{ provider: 'facebook', issuer: 'https://www.facebook.com', email: 'ines@example.org' }])
  t.equal((await (await signIn('facebook', person)).window.whoami())?.id, me?.id)
})

t.test('GitHub’s own name beside the code is its OAuth address; another one is refused', async t => {
  const person = { id: 77, login: 'named', emails: [] }
  t.ok(isSignedIn((await signIn('github', person, { iss: `${github.issuer}/login/oauth` })).answer))
  const { answer } = await signIn('github', person, { iss: 'https://accounts.google.com' })
  t.equal(answer.statusCode, 502)
  t.notOk(isSignedIn(answer))
})

t.test('what either answers that is nobody signs nobody in', async t => {
  for (const [name, person] of [
    ['github', { login: 'no id', emails: [] }],
    ['github', { id: '583231', emails: [] }],
    ['github', { id: 0, emails: [] }],
    ['github', { id: 1.5, emails: [] }],
    ['github', { id: 5, emails: ['text'] }],
    ['facebook', { name: 'no id' }],
    ['facebook', { id: 1234567 }],
    ['facebook', { id: '12 34' }],
  ] as const) {
    const { answer } = await signIn(name, person)
    t.equal(answer.statusCode, 502, JSON.stringify(person))
    t.notOk(isSignedIn(answer))
  }
  const { answer } = await signIn(
    'github',
    {},
    { code: Buffer.from('{"challenge":"x","person":{}}').toString('base64url') },
  )
  t.equal(answer.statusCode, 502, 'a code of another sign-in')
})

t.test('an API that refuses, or answers with no object, signs nobody in', async t => {
  for (const [status, body] of [
    [403, '{}'],
    [200, 'null'],
    [200, '"text"'],
    [302, ''],
    [200, '['],
  ] as const) {
    github.mischief = {
      answer(path, response) {
        if (path === '/user') response.writeHead(status, { location: 'http://10.0.0.1/' }).end(body)
        return path === '/user'
      },
    }
    const { answer } = await signIn('github', { id: 9, emails: [] })
    t.equal(answer.statusCode, 502, `${status} ${body}`)
  }
})

t.test('GitHub’s way of saying no to a code, with 200, signs nobody in', async t => {
  github.mischief = {
    answer(path, response) {
      const asked = path === '/login/oauth/access_token'
      if (asked) {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}')
      }
      return asked
    },
  }
  t.equal((await signIn('github', { id: 9, emails: [] })).answer.statusCode, 502)
})

t.test('who says no there comes back signed out', async t => {
  const window = browser(app)
  const { state } = await window.begin('facebook')
  const answer = await window.get(
    `/oauth/facebook/callback?state=${state}&error=access_denied&error_reason=user_denied`,
  )
  t.equal(answer.headers.location, '/?error=access_denied')
  const again = await window.begin('facebook')
  const broken = await window.get(`/oauth/facebook/callback?state=${again.state}&error=server_error`)
  t.equal(broken.statusCode, 502)
})

t.test('the addresses of the real ones are asked for by https', async t => {
  const { app } = await build(t, { env: { ...github.env('GITHUB'), ...facebook.env('FACEBOOK') } })
  const there = async (name: string) => String((await app.inject(`/oauth/${name}`)).headers.location)
  t.match(await there('github'), /^https:\/\/github\.com\/login\/oauth\/authorize\?.*code_challenge_method=S256/)
  t.match(await there('facebook'), /^https:\/\/www\.facebook\.com\/v[\d.]+\/dialog\/oauth\?/)
})
