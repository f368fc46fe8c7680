import { createHash } from 'node:crypto'
import t from 'tap'
import { build } from '../helper.ts'

const { app } = await build(t)

for (const path of ['/reset-password', '/verify-email']) {
  t.test(`${path} is one file that loads nothing and runs only what it holds`, async t => {
    const { statusCode, headers, body } = await app.inject(path)
    t.equal(statusCode, 200)
    t.equal(headers['content-type'], 'text/html; charset=utf-8')
    t.match(headers, {
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    t.notMatch(
      body,
      /\b(src|href|url|action|on\w+|style)\s*[=(]\s*["']/,
      'nothing is loaded, no handler in an attribute',
    )

    const hashes = ['script', 'style'].map(element => {
      const texts = [...body.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'))].map(([, text]) => text)
      t.equal(texts.length, 1, element)
      return `${element}-src 'sha256-${createHash('sha256')
        .update(texts[0] as string)
        .digest('base64')}'`
    })
    t.strictSame(String(headers['content-security-policy']).split(';'), [
      "default-src 'none'",
      ...hashes,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
  })

  t.test(`${path} can be read and used by everybody`, async t => {
    const { body } = await app.inject(path)
    t.match(body, /^<!doctype html>\n<html lang="en">/)
    t.match(body, /<meta name="viewport" content="width=device-width, initial-scale=1">/)
    t.match(body, /<title>[^<]+<\/title>[\s\S]*<h1>[^<]+<\/h1>[\s\S]*<noscript>[\s\S]*<p role="status">/)
    for (const [, id = ''] of body.matchAll(/<input id="(\w+)"/g))
      t.match(body, new RegExp(`<label for="${id}">|<label><input id="${id}"`), id)
  })

  t.test(`${path} calls an address that the API has`, async t => {
    const [, called] = /fetch\('([^']+)'/.exec((await app.inject(path)).body) ?? []
    const answer = await app.inject({ method: 'POST', url: `/${called}`, payload: { code: 'x', new_password: 'x' } })
    t.equal(answer.statusCode, 400)
  })
}

t.test('the pages are no part of the described API', async t => {
  const { paths } = (await app.inject('/openapi.json')).json()
  t.notOk('/reset-password' in paths || '/verify-email' in paths)
})
