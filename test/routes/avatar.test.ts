import { count } from 'drizzle-orm'
import t from 'tap'
import { build, type Person, signUp } from '../helper.ts'
import { hostilePictures, quarters, testPicture } from '../pictures.ts'

const { app, database } = await build(t)
const picture = await testPicture().png().toBuffer()
const other = await testPicture(32, 64).jpeg().toBuffer()
const asPng = { 'content-type': 'image/png' }
const ownPage = { 'sec-fetch-site': 'same-origin' }

const put = (person: Person, body: Buffer, type = 'image/png') =>
  person.put('/profile/avatar', body, { 'content-type': type })

/** A form as sent by browsers. */
function form(...parts: { name?: string; filename?: string; type?: string; data: string | Buffer }[]) {
  const bodies = parts.map(({ name = 'avatar', filename, type, data }) =>
    Buffer.concat([
      Buffer.from(`--frontier\r\nContent-Disposition: form-data; name="${name}"`),
      Buffer.from(filename === undefined ? '' : `; filename="${filename}"`),
      Buffer.from(type === undefined ? '' : `\r\nContent-Type: ${type}`),
      Buffer.from('\r\n\r\n'),
      Buffer.from(data),
      Buffer.from('\r\n'),
    ]),
  )
  return Buffer.concat([...bodies, Buffer.from('--frontier--\r\n')])
}
const asForm = 'multipart/form-data; boundary=frontier'

const stored = async () =>
  (await database.query(db => db.select({ n: count() }).from(database.tables.avatars)))[0]?.n as number

t.test('a picture is put up, read and removed', async t => {
  const maya = await signUp(app, 'maya')
  t.equal((await maya.get('/profile')).json().avatar_url, null)
  const none = await maya.get('/profile/avatar')
  t.match(none.json(), { status: 404, code: 'not_found' })
  t.equal(none.headers['cache-control'], 'no-store')

  const answer = await put(maya, picture)
  t.equal(answer.statusCode, 200, answer.body)
  t.equal((await maya.get('/profile')).body, answer.body, 'the answer is the profile')
  const { avatar_url: url } = answer.json()
  const got = await maya.get(url)
  t.equal(got.statusCode, 200)
  t.equal(url, `/profile/avatar?v=${String(got.headers.etag).slice(1, -1)}`)
  t.match(got.headers, {
    'content-type': 'image/webp',
    'content-length': String(got.rawPayload.length),
    etag: /^"[\w-]{43}"$/,
    'cache-control': 'private, no-cache',
    'content-disposition': 'inline',
    'content-security-policy': /^default-src 'none'/,
    'x-content-type-options': 'nosniff',
    vary: /Authorization, Cookie/,
  })
  t.equal(await quarters(got.rawPayload), 'rgrb')
  t.strictSame((await maya.get('/profile/avatar')).rawPayload, got.rawPayload, 'with or without v')
  t.equal((await maya.get('/profile/avatar?typo=1')).statusCode, 400)
  const head = await app.inject({
    method: 'HEAD',
    url: '/profile/avatar',
    headers: { authorization: `Bearer ${maya.token}` },
  })
  t.match([head.statusCode, head.headers.etag, head.body], [200, got.headers.etag, ''])

  t.equal((await maya.delete('/profile/avatar')).statusCode, 204)
  t.equal((await maya.get(url)).statusCode, 404)
  t.equal((await maya.get('/profile')).json().avatar_url, null)
  t.equal((await maya.delete('/profile/avatar')).statusCode, 204, 'also when there is none')
  const json = { 'content-type': 'application/json' }
  t.equal((await maya.delete('/profile/avatar', json)).statusCode, 204, 'also with a type and no body')
})

t.test('a picture that is known already is not sent again; a new one has another address and ETag', async t => {
  const maya = await signUp(app, 'maya2')
  const { avatar_url: url } = (await put(maya, picture)).json()
  const { etag } = (await maya.get(url)).headers
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const again = await maya.get(url, { 'if-none-match': String(known) })
    t.equal(again.statusCode, 304)
    t.equal(again.rawPayload.length, 0)
    t.equal(again.headers.etag, etag)
  }
  t.equal((await put(maya, picture)).json().avatar_url, url, 'the same picture has the same address')
  t.not((await put(maya, other)).json().avatar_url, url)
  const changed = await maya.get('/profile/avatar', { 'if-none-match': String(etag) })
  t.equal(changed.statusCode, 200)
  t.not(changed.headers.etag, etag)
})

t.test('what a picture is decides its content, not the type that is declared', async t => {
  const maya = await signUp(app, 'maya3')
  for (const type of ['image/png', 'image/jpeg', 'image/webp', 'image/svg+xml', 'IMAGE/GIF; charset=utf-8'])
    t.equal((await put(maya, picture, type)).statusCode, 200, type)
  for (const type of ['text/plain', 'application/octet-stream', 'application/json', 'video/mp4', 'image', '']) {
    const answer = await put(maya, picture, type)
    t.match(answer.json(), { status: 415, code: 'unsupported_media_type' }, type)
    t.match(answer.json().errors, [/image\/jpeg, image\/png, image\/webp, multipart\/form-data/])
  }
  const nothing = await app.inject({
    method: 'PUT',
    url: '/profile/avatar',
    headers: { authorization: `Bearer ${maya.token}` },
  })
  t.match(nothing.json(), { status: 400, code: 'invalid_image' }, 'no body at all')
})

t.test('a form may hold the picture, under any name', async t => {
  const maya = await signUp(app, 'maya4')
  const file = { filename: 'me.png', type: 'image/png', data: picture }
  // No more of them are read than a form has.
  const manyHeaders = { ...file, type: `text/plain${'\r\nX: y'.repeat(100_000)}` }
  const alone = (await put(maya, picture)).json().avatar_url
  await maya.delete('/profile/avatar')
  for (const part of [
    file,
    { ...file, name: 'file' },
    { ...file, filename: '../../etc/passwd', type: 'text/html' },
    manyHeaders,
  ]) {
    t.equal((await put(maya, form(part), asForm)).json().avatar_url, alone)
    await maya.delete('/profile/avatar')
  }
  const notOne = /exactly one file/
  const broken = /incomplete or malformed/
  const bad: [string, Buffer, string, RegExp][] = [
    ['no file', form(), asForm, notOne],
    ['two files', form(file, { ...file, name: 'second' }), asForm, notOne],
    ['a file and a field', form(file, { name: 'role', data: 'admin' }), asForm, notOne],
    ['a field with the bytes of a picture', form({ data: picture }), asForm, notOne],
    ['an empty file', form({ ...file, data: '' }), asForm, /must be JPEG/],
    ['a text that is called .png', form({ ...file, data: 'some text' }), asForm, /must be JPEG/],
    ['a form without an end', form(file).subarray(0, -16), asForm, broken],
    ['another boundary', form(file), 'multipart/form-data; boundary=elsewhere', broken],
    ['no boundary', form(file), 'multipart/form-data', broken],
    ['no form', picture, asForm, broken],
    ['thousands of files', form(...Array.from({ length: 5_000 }, () => ({ ...file, data: '' }))), asForm, notOne],
    ['a boundary in quotation marks', form(file, file), 'multipart/form-data; boundary="frontier"', notOne],
    ['nothing', Buffer.alloc(0), asForm, broken],
  ]
  for (const [what, body, type, sentence] of bad) {
    const answer = await put(maya, body, type)
    t.equal(answer.statusCode, 400, what)
    t.match(answer.json().errors, [sentence], what)
  }
  t.equal((await maya.get('/profile')).json().avatar_url, null)
})

t.test('forms and pictures are read here and nowhere else', async t => {
  const maya = await signUp(app, 'maya5')
  const body = form({ name: 'first_name', data: 'Maya' })
  for (const [method, url] of [
    ['PATCH', '/profile'],
    ['POST', '/mood'],
    ['POST', '/login'],
    ['DELETE', '/profile/avatar'],
  ] as const) {
    for (const type of [asForm, 'image/png']) {
      const headers = { authorization: `Bearer ${maya.token}`, 'content-type': type }
      t.match((await app.inject({ method, url, headers, payload: body })).json(), { status: 415 }, `${method} ${url}`)
    }
  }
  t.equal((await maya.get('/profile')).json().first_name, null)
})

t.test('one MiB is read and no byte more, as a body or as a form', async t => {
  const maya = await signUp(app, 'maya6')
  const mebi = 1024 * 1024
  const noise = Buffer.alloc(mebi)
  t.match((await put(maya, noise)).json(), { code: 'invalid_image' }, 'read, and found to be no picture')
  for (const [body, type] of [
    [Buffer.alloc(mebi + 1), 'image/png'],
    [form({ filename: 'x.png', data: noise }), asForm],
  ] as const) {
    const answer = await put(maya, body, type)
    t.match(answer.json(), {
      status: 413,
      code: 'body_too_large',
      errors: ['The body must be at most 1024 KiB.'],
    })
  }
  t.equal((await maya.get('/profile/avatar')).statusCode, 404)
})

t.test('a stranger’s picture is not even read, and nobody sees or touches that of another', async t => {
  const [maya, noor] = [await signUp(app, 'maya7'), await signUp(app, 'noor')]
  await put(maya, picture)
  const before = (await maya.get('/profile/avatar')).rawPayload
  for (const headers of [{}, { authorization: 'Bearer null' }] as Record<string, string>[]) {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const payload = method === 'PUT' ? { payload: Buffer.alloc(2_000_000) } : {}
      const answer = await app.inject({ method, url: '/profile/avatar', headers: { ...headers, ...asPng }, ...payload })
      t.equal(answer.statusCode, 401, method)
    }
  }
  const { avatar_url: url } = (await maya.get('/profile')).json()
  t.equal((await noor.get(url)).statusCode, 404, 'the address alone opens nothing')
  await put(noor, other)
  await noor.delete('/profile/avatar')
  t.strictSame((await maya.get('/profile/avatar')).rawPayload, before)
})

t.test('by cookie a picture is put up from our own page, and from no other', async t => {
  const { cookie } = await signUp(app, 'maya8')
  const send = (headers: Record<string, string>) =>
    app.inject({ method: 'PUT', url: '/profile/avatar', payload: picture, headers: { cookie, ...asPng, ...headers } })
  for (const type of ['image/png', asForm])
    t.match((await send({ origin: 'https://evil.example', 'content-type': type })).json(), {
      code: 'cross_site_request',
    })
  t.equal((await app.inject({ url: '/profile/avatar', headers: { cookie } })).statusCode, 404)
  t.equal((await send(ownPage)).statusCode, 200)
})

t.test('of two pictures sent at the same moment one is there afterwards, whole', async t => {
  const maya = await signUp(app, 'maya9')
  const answers = await Promise.all([put(maya, picture), put(maya, other), put(maya, picture), put(maya, other)])
  for (const { statusCode } of answers) t.equal(statusCode, 200)
  const got = await maya.get('/profile/avatar')
  const { avatar_url: url } = (await maya.get('/profile')).json()
  t.equal(`"${url.split('=')[1]}"`, got.headers.etag)
  t.equal(await quarters(got.rawPayload), 'rgrb')
})

t.test('no hostile file becomes a picture or costs much memory, and the picture there was stays', async t => {
  const [maya, noor] = [await signUp(app, 'maya10'), await signUp(app, 'noor2')]
  const url = (await put(maya, picture)).json().avatar_url
  const before = [await stored(), (await maya.get(url)).rawPayload] as const
  const all = await hostilePictures()
  const start = process.memoryUsage().rss
  let peak = start
  let files = 0
  for (const [reason, pictures] of Object.entries(all)) {
    for (const [what, file] of Object.entries(pictures)) {
      for (const [person, body, type] of [
        [maya, file, 'image/png'],
        [noor, form({ filename: 'me.png', type: 'image/png', data: file }), asForm],
      ] as const) {
        const answer = await put(person, body, type)
        t.equal(answer.statusCode, 400, what)
        t.match(answer.json(), { code: 'invalid_image', errors: [new RegExp(reason)] }, what)
        peak = Math.max(peak, process.memoryUsage().rss)
      }
      files++
    }
  }
  t.ok(files >= 30, `${files} files`)
  t.ok(peak - start < 200e6, `${Math.round((peak - start) / 1e6)} MB`)
  t.strictSame([await stored(), (await maya.get(url)).rawPayload], before)
  t.equal((await noor.get('/profile/avatar')).statusCode, 404)
  t.equal((await put(noor, picture)).statusCode, 200, 'and good ones are taken as before')
})
