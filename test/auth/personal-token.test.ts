import fc from 'fast-check'
import t from 'tap'
import { isPersonalToken, readPersonalToken, writePersonalToken } from '../../src/auth/personal-token.ts'
import { randomSecret } from '../../src/auth/secrets.ts'
import { idFrom, newId, type TokenId, type UserId } from '../../src/ids.ts'

t.test('a token is read as it was written', async t => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (user, token_) => {
      const credential = { user: idFrom<UserId>(user), session: idFrom<TokenId>(token_), secret: randomSecret() }
      const token = writePersonalToken(credential)
      t.match(token, /^mspat_[\w-]{92}$/)
      t.ok(isPersonalToken(token))
      t.strictSame(readPersonalToken(token), credential)
    }),
    { numRuns: 50 },
  )
})

t.test('a typo is noticed without asking the database', async t => {
  const token = writePersonalToken({ user: newId<UserId>(), session: newId<TokenId>(), secret: randomSecret() })
  for (let i = 6; i < token.length; i++) {
    const other = token[i] === 'A' ? 'B' : 'A'
    t.equal(readPersonalToken(token.slice(0, i) + other + token.slice(i + 1)), undefined)
  }
  for (const bad of ['', 'mspat_', token.slice(1), `${token}A`, token.slice(0, -1), token.toUpperCase(), `${token}\n`])
    t.equal(readPersonalToken(bad), undefined)
})
