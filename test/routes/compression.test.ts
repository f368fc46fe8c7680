import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { decoded, textOf } from '../decoded.ts'
import { build, type Person, signUp, until } from '../helper.ts'
import { testPicture } from '../pictures.ts'

const codings = ['zstd', 'br', 'gzip'] as const

async function log(person: Person, count: number, note: string | (() => string)) {
  const entry = () => ({ mood: 5, note: typeof note === 'string' ? note : note() })
  const answers = await Promise.all(Array.from({ length: count }, () => person.post('/mood', entry())))
  if (answers.some(({ statusCode }) => statusCode !== 201)) throw new Error('not logged')
}

const codingOf = ({ headers }: LightMyRequestResponse) => headers['content-encoding']
const accepting = (coding: string) => ({ 'accept-encoding': coding })

t.test('answers over 1 KiB come in the coding their client takes, the first time and from the cache', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const empty = await maya.get('/mood', accepting('gzip'))
  t.equal(codingOf(empty), undefined, 'what is small stays as it is')
  await log(maya, 30, 'a note that is the same')
  await maya.post('/tasks', { title: 'one', description: 'long '.repeat(300) })
  const { id } = (await maya.post('/mood', { mood: 5, note: 'long '.repeat(300) })).json().mood
  const urls = ['/mood?per_page=20', '/mood', `/mood/${id}`, '/mood/labels', '/tasks', '/poses']
  for (const url of urls) {
    const plain = await maya.get(url)
    t.equal(codingOf(plain), undefined, `${url}: who asks for nothing gets it as it is`)
    t.match(plain.headers.vary, 'Accept-Encoding', 'and a cache knows that it depends on that')
    for (const coding of codings) {
      for (const time of ['fresh', 'again']) {
        const answer = await maya.get(url, accepting(coding))
        t.equal(codingOf(answer), coding, `${url} ${coding} ${time}`)
        t.equal(textOf(answer), plain.body)
        t.ok(answer.rawPayload.length < plain.rawPayload.length)
        t.match(answer.headers.vary, 'Accept-Encoding')
        if (!url.includes('page')) continue
        t.equal(answer.headers['content-length'], String(answer.rawPayload.length))
        t.equal(answer.headers.link, plain.headers.link)
      }
      const head = await app.inject({
        method: 'HEAD',
        url,
        headers: { authorization: `Bearer ${maya.token}`, ...accepting(coding) },
      })
      t.match([head.statusCode, head.body, codingOf(head)], [200, '', coding], `HEAD ${url}`)
    }
    t.equal(codingOf(await maya.get(url, accepting('identity, gzip;q=0'))), undefined)
  }
  t.equal(codingOf(await maya.get('/mood?typo=1', accepting('gzip'))), undefined, 'errors are small')
})

t.test('each coding has an ETag of its own, and If-None-Match takes any of them', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  await log(maya, 30, 'a note')
  const plain = (await maya.get('/mood')).headers.etag as string
  const tags = [plain]
  for (const coding of codings) tags.push((await maya.get('/mood', accepting(coding))).headers.etag as string)
  t.equal(new Set(tags).size, 4)
  for (const tag of tags) {
    for (const sent of [tag, `W/${tag}`, `"other", ${tag}`]) {
      for (const headers of [{}, ...codings.map(accepting)]) {
        const same = await maya.get('/mood', { 'if-none-match': sent, ...headers })
        t.match([same.statusCode, same.body, same.headers.etag, codingOf(same)], [304, '', tag, undefined], sent)
        t.match(same.headers.vary, 'Accept-Encoding')
      }
    }
  }
  t.equal((await maya.get('/mood', { 'if-none-match': '*', ...accepting('gzip') })).headers.etag, plain)
  await log(maya, 1, 'another')
  for (const tag of tags) t.equal((await maya.get('/mood', { 'if-none-match': tag })).statusCode, 200)
})

t.test('an edit takes the ETag of any coding', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (const coding of codings) {
    const { id } = (await maya.post('/mood', { mood: 5, note: 'long '.repeat(300) })).json().mood
    const { headers } = await maya.get(`/mood/${id}`, accepting(coding))
    t.equal(headers['content-encoding'], coding)
    const etag = headers.etag as string
    t.equal((await maya.patch(`/mood/${id}`, { note: 'short' }, { 'if-match': etag })).statusCode, 200)
    t.equal((await maya.patch(`/mood/${id}`, { note: 'late' }, { 'if-match': etag })).statusCode, 412)
  }
})

t.test('streams are compressed as they are read, and hold no more than without', async t => {
  let reads = 0
  const { app, clock } = await build(t, {
    wrap: database => ({
      ...database,
      query: build => {
        reads++
        return database.query(build)
      },
    }),
  })
  const maya = await signUp(app, 'maya')
  // What repeats would all fit into the buffers on its way.
  await log(maya, 520, () => randomBytes(7_500).toString('base64'))
  // Both go through the same stream.
  for (const [url, taken] of [
    ['/mood', codings],
    ['/account/export', ['gzip']],
  ] as const) {
    const plain = JSON.parse(textOf(await maya.get(url)))
    for (const coding of taken) {
      const answer = await maya.get(url, accepting(coding))
      t.match([answer.statusCode, codingOf(answer)], [200, coding], url)
      const { moods } = JSON.parse(textOf(answer))
      t.strictSame(moods, plain.moods)
    }
  }
  await until(() => app.streamLoad.running === 0)

  reads = 0
  const url = '/account/export'
  const headers = { authorization: `Bearer ${maya.token}`, ...accepting('gzip') }
  const silent = (await app.inject({ url, headers, payloadAsStream: true })).stream()
  let cut = false
  silent.once('close', () => {
    cut = true
  })
  await until(() => {
    clock.now += 10_000
    return cut
  })
  t.ok(reads < 4, 'who takes nothing makes nothing be read beyond the first MiB: all of it are more')
  await until(() => app.streamLoad.running === 0)
  const got: Buffer[] = []
  await silent.forEach(part => void got.push(part)).catch(() => {})
  t.throws(() => gunzipSync(Buffer.concat(got)), 'what it got does not look like a whole answer')
})

t.test('security 54: by cookie an answer is compressed for pages of our own only', async t => {
  const { app } = await build(t, { env: { HOST: '0.0.0.0', CORS_ORIGINS: 'https://app.example' } })
  const maya = await signUp(app, 'maya')
  await log(maya, 30, 'a note')
  const ask = (headers: Record<string, string>) =>
    app.inject({ url: '/mood', headers: { host: 'mood.test', cookie: maya.cookie, ...accepting('gzip'), ...headers } })
  for (const ours of [
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'https://app.example', 'sec-fetch-site': 'same-site' },
    { authorization: `Bearer ${maya.token}`, 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[])
    t.equal(codingOf(await ask(ours)), 'gzip', JSON.stringify(ours))
  // A link or a window opened by any page carries the cookie, too.
  for (const theirs of [
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[]) {
    const answer = await ask(theirs)
    t.match([answer.statusCode, codingOf(answer)], [200, undefined], JSON.stringify(theirs))
    t.match(answer.headers.vary, 'Accept-Encoding')
  }
})

t.test('the document and the page for it are compressed once, for everybody', async t => {
  const { app } = await build(t)
  const urls = [
    '/openapi.json',
    '/docs/yaml',
    '/docs/static/swagger-ui.css',
    '/docs/static/theme/page.css',
    '/verify-email',
  ]
  for (const url of urls) {
    const plain = await app.inject(url)
    t.equal(codingOf(plain), undefined, url)
    for (const coding of codings) {
      const [first, second] = [
        await app.inject({ url, headers: accepting(coding) }),
        await app.inject({ url, headers: accepting(coding) }),
      ]
      for (const answer of [first, second]) {
        t.equal(codingOf(answer), coding, `${url} ${coding}`)
        t.ok(decoded(answer).equals(plain.rawPayload))
        t.equal(answer.headers['accept-ranges'], undefined)
        t.match(answer.headers.vary, 'Accept-Encoding')
        t.equal(answer.headers['content-length'], String(answer.rawPayload.length))
      }
      t.ok(first.rawPayload.equals(second.rawPayload))
    }
    const head = await app.inject({ method: 'HEAD', url, headers: accepting('gzip') })
    t.match([head.statusCode, head.body], [200, ''])
  }
  const headers = accepting('gzip')
  const css = async (url: string) => (await app.inject({ url, headers })).rawPayload
  t.ok((await css('/docs/static/%73wagger-ui.css')).equals(await css('/docs/static/swagger-ui.css')))
  const page = await app.inject({ url: '/docs/', headers })
  t.equal(textOf(page), (await app.inject('/docs/')).body)
  t.not(textOf(page), textOf(await app.inject({ url: '/docs', headers })), 'its links depend on its address')
  const document = await app.inject({ url: '/docs/json', headers: { ...headers, 'sec-fetch-site': 'same-origin' } })
  t.equal(codingOf(document), 'gzip')
})

t.test('ranges, unchanged files and pictures stay as they are', async t => {
  const { app } = await build(t)
  const url = '/docs/static/swagger-ui.css'
  const gzip = accepting('gzip')
  const part = await app.inject({ url, headers: { ...gzip, range: 'bytes=0-99' } })
  t.match([part.statusCode, codingOf(part), part.rawPayload.length], [206, undefined, 100])
  const { etag } = (await app.inject({ url, headers: gzip })).headers
  t.equal((await app.inject({ url, headers: { ...gzip, 'if-none-match': String(etag) } })).statusCode, 304)
  const maya = await signUp(app, 'maya')
  const picture = await testPicture().png().toBuffer()
  await maya.put('/profile/avatar', picture, { 'content-type': 'image/png' })
  const avatar = await maya.get('/profile/avatar', accepting('gzip, br, zstd'))
  t.match([avatar.statusCode, codingOf(avatar)], [200, undefined])
  const icon = await app.inject({ url: '/docs/static/favicon-32x32.png', headers: gzip })
  t.match([icon.statusCode, codingOf(icon)], [200, undefined])
})
