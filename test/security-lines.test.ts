import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

/**
 * What must be provably true is a list of numbered lines; a test that
 * proves one, or a part of one, names it in its title: `security 12: …`. Here it is seen to that no line is left without.
 */
const proven: Record<number, string> = {
  1: 'which passwords are taken',
  2: 'no login tells whether there is an account',
  3: 'hashes are renewed, and a corrupt one is a 401',
  4: 'guessing gets slower, for names and networks',
  5: 'many logins at once leave room for the rest',
  6: 'a name is taken once',
  7: 'what could be turned against the owner asks once more who it is',
  8: 'hostile access tokens',
  9: 'kinds of credentials are not interchangeable',
  10: 'a refresh token is good once',
  11: 'secrets are random, and in no database',
  12: 'what ends a credential ends it at once, everywhere',
  13: 'the own sessions',
  14: 'what the server refuses to start with',
  15: 'the cookie',
  16: 'writes by cookie from other pages',
  17: 'reading changes nothing; CORS',
  18: 'headers of answers',
  19: 'nothing private in logs, addresses and errors',
  20: 'sign-in by others: every part of the conversation is checked',
  21: 'an identity is an issuer and a subject, never an address',
  22: 'redirects go where they may, and a provider that misbehaves does no harm',
  23: 'the access matrix',
  24: 'other people’s things do not exist',
  25: 'nobody writes what is not theirs to write',
  26: 'there is always an admin',
  27: 'a deleted account leaves nothing',
  28: 'hostile requests',
  29: 'statuses of what is too large, of the wrong type or method, or too slow',
  30: 'limits of requests; idempotency keys',
  31: 'the document is right',
}
/** Lines whose subject is not built. With the first test of one it moves up. */
const later: number[] = []

const files = globSync('test/**/*.test.ts', { cwd: new URL('..', import.meta.url).pathname })
const titles = files.flatMap(file =>
  [
    ...readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').matchAll(
      /\btest\(\s*(['"`])security (\d+): (.+?)\1,/g,
    ),
  ].map(([, , line, title]) => ({ file, line: Number(line), title })),
)

for (const [line, what] of Object.entries(proven)) {
  t.test(`some test proves line ${line}: ${what}`, async t => {
    const of = titles.filter(title => title.line === Number(line))
    t.ok(of.length > 0)
    for (const { file, title } of of) t.comment(`${file}: ${title}`)
  })
}

t.test('no title names a line that is not there, or not yet', async t => {
  const known = new Set(Object.keys(proven).map(Number))
  t.strictSame(
    titles.filter(({ line }) => !known.has(line)),
    [],
  )
  t.strictSame(
    later.filter(line => known.has(line)),
    [],
  )
})
