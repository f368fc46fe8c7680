import { cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { build, signUp, temporaryFolder } from '../helper.ts'
import { webFiles, webFolder } from '../web-folder.ts'

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
const script = 'assets/main-B1x_-9.js'

const folder = webFolder(t)
const { app } = await build(t, { webFolder: folder })
const bare = (await build(t)).app

t.test('the shell answers every address within the app, and is asked for again each time', async t => {
  for (const path of [
    '/app/',
    '/app/year',
    '/app/entries/019a9f3e',
    '/app/year/',
    '/app/?utm=1',
    '/app/sign-in?x=.y',
  ]) {
    const { statusCode, headers, body } = await app.inject({ url: path, headers: { accept: browser } })
    t.equal(statusCode, 200, path)
    t.equal(body, webFiles['index.html'], path)
    t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', etag: /^W\/"/ }, path)
    t.notOk(headers['last-modified'])
  }
})

t.test('the address without its slash leads to the one with it', async t => {
  const { statusCode, headers } = await app.inject('/app')
  t.match([statusCode, headers.location], [303, '/app/'])
  t.equal((await app.inject('/app?x')).headers.location, '/app/')
})

t.test('assets never change under their names; what keeps its name is compared by ETag', async t => {
  const forever = { 'cache-control': 'public, max-age=31536000, immutable' }
  for (const [path, expected] of [
    [script, { ...forever, 'content-type': 'application/javascript; charset=utf-8' }],
    ['assets/main-C2.css', { ...forever, 'content-type': 'text/css; charset=utf-8' }],
    ['sw.js', { 'cache-control': 'no-cache', 'content-type': 'application/javascript; charset=utf-8' }],
    ['manifest.webmanifest', { 'cache-control': 'no-cache', 'content-type': /^application\/manifest\+json/ }],
    ['icons/icon-192.png', { 'cache-control': 'no-cache', 'content-type': 'image/png' }],
  ] as const) {
    const { statusCode, headers, body } = await app.inject(`/app/${path}`)
    t.equal(statusCode, 200, path)
    t.equal(body, webFiles[path], path)
    t.match(headers, { ...expected, etag: /^W\/"/, vary: /accept-encoding/i }, path)
    const again = await app.inject({ url: `/app/${path}`, headers: { 'if-none-match': String(headers.etag) } })
    t.match([again.statusCode, again.body, again.headers['cache-control']], [304, '', expected['cache-control']], path)
  }
})

t.test('a new build has another ETag', async t => {
  const other = join(temporaryFolder(t), 'dist')
  cpSync(folder, other, { recursive: true })
  utimesSync(join(other, 'sw.js'), new Date(), new Date(0))
  const { app } = await build(t, { webFolder: other })
  const ask = async (tag?: unknown) =>
    app.inject({ url: '/app/sw.js', headers: tag === undefined ? {} : { 'if-none-match': String(tag) } })
  const { etag } = (await ask()).headers
  writeFileSync(join(other, 'sw.js'), webFiles['sw.js'].replace('fetch', 'FETCH'))
  t.equal((await ask(etag)).statusCode, 200, 'also with as many bytes as before')
})

t.test('texts are sent as they were compressed at build time, br before gzip', async t => {
  for (const [accepted, coding, read] of [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['gzip;q=1, br;q=0', 'gzip', gunzipSync],
  ] as const) {
    for (const path of [script, 'index.html', 'year']) {
      const answer = await app.inject({ url: `/app/${path}`, headers: { 'accept-encoding': accepted } })
      t.match(answer.headers, { 'content-encoding': coding, vary: /accept-encoding/i }, `${path} for ${accepted}`)
      t.equal(answer.headers['content-length'], String(answer.rawPayload.length))
      t.match(answer.headers['content-type'], path === script ? /^application\/javascript/ : /^text\/html/)
      const file = path === script ? script : 'index.html'
      t.equal(read(answer.rawPayload).toString(), webFiles[file], path)
    }
  }
  for (const accepted of ['identity', 'zstd', 'br;q=0'])
    t.notOk(
      (await app.inject({ url: `/app/${script}`, headers: { 'accept-encoding': accepted } })).headers[
        'content-encoding'
      ],
    )
  const small = await app.inject({ url: '/app/assets/small.js', headers: { 'accept-encoding': 'br, gzip' } })
  t.match([small.body, small.headers['content-encoding']], ['1', undefined], 'a file of which there is one form only')
})

t.test('HEAD says what GET would', async t => {
  for (const path of ['/app/', '/app/year', `/app/${script}`, '/app/none.js', '/', '/app']) {
    const headers = { accept: browser, 'accept-encoding': 'br' }
    const got = await app.inject({ url: path, headers })
    const head = await app.inject({ method: 'HEAD', url: path, headers })
    t.equal(head.statusCode, got.statusCode, path)
    t.equal(head.body, '', path)
    const { date: _, ...expected } = got.headers
    const { date: __, ...seen } = head.headers
    t.strictSame(seen, expected, path)
  }
})

t.test('a part of a file is sent to whoever asks for it', async t => {
  const ask = (range: string) => app.inject({ url: `/app/${script}`, headers: { range } })
  const part = await ask('bytes=8-14')
  t.match(part, { statusCode: 206, headers: { 'content-range': `bytes 8-14/${webFiles[script].length}` } })
  t.equal(part.body, webFiles[script].slice(8, 15))
  const none = await ask('bytes=99999-')
  t.match(none.json(), { status: 416, code: 'range_not_satisfiable' }, 'of a part that it does not have there is none')
  t.match(none.headers, { 'content-range': `bytes */${webFiles[script].length}`, 'cache-control': 'no-store' })
})

t.test('security 56: what is not there is 404 and never the shell, and nothing outside the folder is', async t => {
  for (const path of [
    'assets/none.js',
    'assets/none',
    'assets/',
    'assets',
    'none.js',
    'index.html/none.css',
    '.sources.json',
    'assets/.hidden.js',
    '../secret.txt',
    '%2e%2e/secret.txt',
    '..%2fsecret.txt',
    '..%5csecret.txt',
    'assets/..%2f..%2fsecret.txt',
    'assets/%2e%2e/%2e%2e/secret.txt',
    '%2fetc/passwd.txt',
    '/etc/passwd.txt',
    'sw.js%00.css',
    'ASSETS/MAIN-C2.CSS',
  ]) {
    const { statusCode, headers, body } = await app.inject(`/app/${path}`)
    t.equal(statusCode, path.includes('%00') ? 400 : 404, path)
    t.match(headers, { 'cache-control': 'no-store', 'content-type': /^application\/problem\+json/ }, path)
    t.notMatch(body, /nobody reads this|<!doctype|secret"/, path)
  }
})

t.test('security 56: so it is for addresses that no client would normalise', async t => {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  for (const path of [
    '/app/../../secret.txt',
    '/app/assets/../../secret.txt',
    '/app/%2e%2e/secret.txt',
    '/app//../secret.txt',
  ]) {
    const [status, body] = await new Promise<[number | undefined, string]>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path }, async answer => resolve([answer.statusCode, await text(answer)])).on(
        'error',
        reject,
      )
    })
    t.equal(status, 404, path)
    t.notMatch(body, /nobody reads this/)
  }
})

t.test(
  'the policy of the app allows what this server holds, no text of a page as code or style, and no frame',
  async t => {
    for (const path of ['/app/', '/app/year', '/app/sw.js', `/app/${script}`]) {
      const { headers } = await app.inject(path)
      const policy = String(headers['content-security-policy'])
      t.strictSame(
        policy.split(';'),
        [
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self' blob: data:",
          "font-src 'self'",
          "media-src 'self'",
          "connect-src 'self'",
          "worker-src 'self'",
          "manifest-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
        ],
        path,
      )
      t.match(headers, {
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'cross-origin-opener-policy': 'same-origin',
        'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      })
      t.notOk(headers['set-cookie'])
    }
  },
)

t.test('no credential changes what the files say', async t => {
  const maya = await signUp(app, 'maya')
  for (const headers of [
    { authorization: `Bearer ${maya.token}` },
    { cookie: maya.cookie },
    { authorization: 'Bearer x' },
  ])
    t.equal((await app.inject({ url: '/app/', headers })).body, webFiles['index.html'])
})

t.test('where the app is not built, its addresses say what to do, and everything else works', async t => {
  for (const path of ['/app/', '/app/year']) {
    const { statusCode, headers, body } = await bare.inject({ url: path, headers: { accept: browser } })
    t.match(
      [statusCode, headers['content-type'], headers['cache-control']],
      [404, 'text/plain; charset=utf-8', 'no-store'],
    )
    t.match(body, /^The app is not built: .*npm run bundle.*\n$/)
  }
  t.equal((await bare.inject('/app/sw.js')).statusCode, 404)
  t.equal((await bare.inject('/health')).statusCode, 200)
})

t.test('an app that is built while the server runs needs no restart', async t => {
  const later = join(temporaryFolder(t), 'web', 'dist')
  const { app } = await build(t, { webFolder: later })
  t.equal((await app.inject('/app/')).statusCode, 404)
  mkdirSync(join(later, '..'), { recursive: true })
  cpSync(folder, later, { recursive: true })
  t.equal((await app.inject('/app/')).body, webFiles['index.html'])
  rmSync(later, { recursive: true })
  t.equal((await app.inject('/app/')).statusCode, 404)
})

t.test(
  'the bare address leads a browser to the app, or to the documentation, and tells programs what this is',
  async t => {
    for (const [accept, isBrowser] of [
      [browser, true],
      ['text/html', true],
      ['TEXT/HTML;q=0.9, application/json;q=0.8', true],
      ['text/*, application/json;q=0.1', true],
      [undefined, false],
      ['', false],
      ['*/*', false],
      ['application/json', false],
      ['application/json, text/plain, */*', false],
      ['text/html;q=0.5, */*', false],
      ['text/html;q=0', false],
      ['text/html;q=x', false],
      ['image/avif', false],
    ] as const) {
      const headers = accept === undefined ? {} : { accept }
      for (const [server, place] of [
        [app, '/app/'],
        [bare, '/docs'],
      ] as const) {
        const answer = await server.inject({ url: '/', headers })
        t.match(answer.headers.vary, /\baccept\b/i)
        if (isBrowser) t.match([answer.statusCode, answer.headers.location], [303, place], String(accept))
        else {
          t.match(
            [answer.statusCode, answer.headers['content-type']],
            [200, 'application/json; charset=utf-8'],
            String(accept),
          )
          const { version } = (await server.inject('/version')).json()
          t.strictSame(answer.json(), { name: 'moodstreak', version, docs: '/docs' })
        }
      }
    }
  },
)

t.test('links in e-mails open the app where it is built, and the small pages where it is not', async t => {
  for (const path of ['/verify-email', '/reset-password']) {
    const { statusCode, headers } = await app.inject(path)
    // The code is in the fragment, which a browser keeps: the target has none.
    t.match([statusCode, headers.location, headers['cache-control']], [303, `/app${path}`, 'no-store'])
    t.match((await bare.inject(path)).body, /<form hidden>/)
  }
})

t.test('requests for files count for no limit: an app is some dozen of them', async t => {
  const { app } = await build(t, { webFolder: folder, env: { RATE_LIMIT: 'on' } })
  for (const path of ['/app/', `/app/${script}`]) t.notOk((await app.inject(path)).headers.ratelimit, path)
  t.ok((await app.inject('/version')).headers.ratelimit)
})
