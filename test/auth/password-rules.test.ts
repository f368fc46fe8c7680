import { dictionary } from '@zxcvbn-ts/language-common'
import t from 'tap'
import { passwordProblem } from '../../src/auth/password-rules.ts'

const owner = { username: 'Maya.Okafor', email: 'M.Okafor-Lindgren@Example.org' }
const codeFor = async (password: string, of: Parameters<typeof passwordProblem>[1] = owner) =>
  (await passwordProblem(password, of))?.code

t.test('security 1: 8 characters to 72 bytes, and no NUL', async t => {
  for (const wrong of ['', '1234567', 'ü'.repeat(7), '🦊'.repeat(7), 'x'.repeat(73), 'ü'.repeat(37), 'with \0 a NUL'])
    t.equal(await codeFor(wrong), 'invalid_request', JSON.stringify(wrong))
  for (const fine of [
    'x7#kQ9!m',
    '🦊🐎🔋📎🦊🐎🔋📎',
    'ü'.repeat(36),
    'y'.repeat(72),
    ' 8 chars',
    'correct horse battery',
  ])
    t.equal(await codeFor(fine), undefined, fine)
})

t.test('security 1: the 3 000 commonest are refused, in any case and width', async t => {
  const commonest = dictionary['passwords-common'].slice(0, 3_000)
  t.strictSame(
    commonest.slice(0, 3),
    ['123456', 'password', '12345678'],
    'they are in the order of how common they are',
  )
  const accepted: string[] = []
  for (const common of commonest) if (!(await codeFor(common))) accepted.push(common)
  t.strictSame(accepted, [])
  for (const spelled of ['PASSWORD', 'Password1', 'ｐａｓｓｗｏｒｄ', 'Trustno1', 'QWERTYUIOP'])
    t.equal(await codeFor(spelled), 'password_too_common', spelled)
})

t.test(
  'security 1: 3 000 of those that are long enough are refused, and not everything that anyone ever had',
  async t => {
    const longEnough = dictionary['passwords-common'].filter(({ length }) => length >= 8)
    t.equal(await codeFor(longEnough[2_999] as string), 'password_too_common')
    t.equal(await codeFor(longEnough[3_000] as string), undefined)
  },
)

t.test("security 1: the owner's username and e-mail are refused, in any case and width", async t => {
  for (const own of ['maya.okafor', 'ＭAYA.OKAFOR', 'm.okafor-lindgren@example.org', 'M.OKAFOR-LINDGREN'])
    t.equal(await codeFor(own), 'password_too_common', own)
  for (const fine of ['maya.okafor!', 'my maya.okafor', 'example.org']) t.equal(await codeFor(fine), undefined, fine)
  for (const email of [undefined, null])
    t.equal(await codeFor('M.Okafor-Lindgren', { username: 'maya', email }), undefined)
})

t.test('security 1: nothing is asked of the characters', async t => {
  for (const plain of ['quietharbour', '        .', '4815162342 4815', 'ÄÖÜÄÖÜÄÖÜ', '气味相投气味相投'])
    t.equal(await codeFor(plain), undefined, plain)
})
