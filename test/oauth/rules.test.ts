import t from 'tap'
import { cleanEmail, cleanSubject, cleanText } from '../../src/oauth/clean.ts'
import { isOlderThanProof } from '../../src/oauth/links.ts'
import { isRedirectTarget, redirectTarget, withParameter } from '../../src/oauth/redirects.ts'
import { isLoopbackAddress, isLoopbackHost, isPublicAddress, isPublicName } from '../../src/outgoing/addresses.ts'
import { usernamesFrom } from '../../src/users/username-from.ts'
import { isUsername } from '../../src/users/users.ts'

t.test('only addresses that are everybody’s are public', async t => {
  for (const ip of ['1.1.1.1', '140.82.121.3', '172.32.0.1', '2606:4700::1111', '2a00:1450::8a']) {
    t.ok(isPublicAddress(ip), ip)
    t.notOk(isLoopbackAddress(ip), ip)
  }
  for (const ip of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2001:db8::1',
    '2001::1',
    '2002:a00:1::1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    'nonsense',
    '',
  ])
    t.notOk(isPublicAddress(ip), ip)
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) t.ok(isLoopbackHost(host), host)
  for (const host of ['localhost.evil.example', '128.0.0.1', '[::2]']) t.notOk(isLoopbackHost(host), host)
})

t.test('what may stand in the list of targets has one reading', async t => {
  for (const target of [
    '/',
    '/in',
    '/in?from=oauth',
    '/a/b.html',
    'https://app.example.org/',
    'https://app.example.org/in?x=1',
    'http://localhost:3000/in',
    'http://127.0.0.1/back',
    'http://[::1]/back',
    'moodapp://signed-in',
    'org.example.mood:/signed-in',
  ])
    t.ok(isRedirectTarget(target), target)
  for (const target of [
    '',
    'in',
    '//evil.example',
    '/\\evil.example',
    '/in#here',
    '/a/../b',
    '/%2e%2e/b',
    '/%2F/evil.example',
    '/a%0d%0ab',
    '/ä',
    '/a b',
    'https://app.example.org',
    'https://maya@app.example.org/',
    'https://:x@app.example.org/',
    'https://APP.example.org/',
    'https://app.example.org:443/',
    'https://*',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'moodapp',
  ])
    t.notOk(isRedirectTarget(target), target)
})

t.test('a target is who it is listed as: a page, or an app', async t => {
  const list = [
    '/',
    'https://app.example.org/in',
    'http://localhost:3000/',
    'moodapp://in',
    'http://[::1]:80/x',
    'http://127.0.0.1/',
  ]
  const native = (text: string) => redirectTarget(list, text)?.native
  for (const page of list.slice(0, 3)) t.equal(native(page), false, page)
  for (const app of ['moodapp://in', 'http://127.0.0.1/', 'http://127.0.0.1:1', 'http://127.0.0.1:65535/'])
    t.equal(native(app), true, app)
  t.equal(native('http://[::1]:9999/x'), true)
  for (const other of [
    'http://127.0.0.1:65536/',
    'http://127.0.0.1:01/',
    'http://[::1]:9999/y',
    'moodapp://in/',
    '/in',
  ]) {
    t.equal(native(other), undefined, other)
  }
  t.equal(withParameter({ url: 'moodapp://in?a=b', native: true }, 'code', 'a&b'), 'moodapp://in?a=b&code=a%26b')
})

t.test('nothing is taken over that a person could not have typed', async t => {
  t.equal(cleanText('  Maya ', 10), 'Maya')
  for (const value of [undefined, null, 7, {}, '', '   ', 'a\0b', 'a\nb', '\ud800', 'x'.repeat(11)]) {
    t.equal(cleanText(value, 10), null)
  }
  t.equal(cleanEmail('maya@example.org'), 'maya@example.org')
  for (const value of [
    'maya',
    'maya@',
    '@example.org',
    'maya@localhost',
    'a b@example.org',
    '"a"@example.org',
    7,
    `${'x'.repeat(65)}@example.org`,
  ]) {
    t.equal(cleanEmail(value), null, String(value))
  }
  t.equal(cleanSubject('auth0|123'), 'auth0|123')
  for (const value of ['', 'ä', 'a\n', 'x'.repeat(256), 7, null]) t.equal(cleanSubject(value), null)
})

t.test('an identity is younger than the proof of the address, or came with it, or it is doubtful', async t => {
  const at = (second: number) => new Date(second * 1000)
  t.equal(isOlderThanProof(at(1), null), true)
  t.equal(isOlderThanProof(at(1), at(2)), true)
  t.equal(isOlderThanProof(at(2), at(2)), false)
  t.equal(isOlderThanProof(at(3), at(2)), false)
})

t.test('a username is made of what a person is called elsewhere, and is always one', async t => {
  const cases: [(string | null)[], string][] = [
    [['maya'], 'maya'],
    [['Maya Okafor'], 'Maya.Okafor'],
    [[null, 'Zoë'], 'Zoë'],
    [['maya@example.org'], 'maya'],
    [['  --maya'], 'maya'],
    [['@', '!!!', 'maya+tag@example.org'], 'mayatag'],
    [['王小明'], '王小明'],
    [['mаyа', 'Maya'], 'Maya'],
    [['mаyа', null, 'mаyа@example.org'], 'somebody'],
    [['ma\u200bya'], 'maya'],
    [['😀'], 'somebody'],
    [[null], 'somebody'],
    [[], 'somebody'],
    [['x'.repeat(200)], 'x'.repeat(40)],
  ]
  for (const [sources, first] of cases) {
    const names = [...usernamesFrom(sources)]
    t.equal(names[0], first)
    t.equal(names.length, 9)
    t.ok(names.every(name => isUsername(name) && name.length <= 64))
    t.ok(names.slice(1).every(name => /-\d{4,6}$/.test(name)))
  }
})

t.test('names that no host on the internet has', async t => {
  for (const name of ['fcm.googleapis.com', 'a.b', 'xn--bcher-kva.example', 'updates.push.services.mozilla.com'])
    t.ok(isPublicName(name), name)
  for (const name of [
    'localhost',
    'localhost.',
    'foo.localhost',
    'a.local',
    'metadata.google.internal',
    'router.home.arpa',
    'a.',
    '.a',
    'a..b',
    `${'a'.repeat(64)}.b`,
    `${'a.'.repeat(127)}b`,
  ])
    t.notOk(isPublicName(name), name)
})
