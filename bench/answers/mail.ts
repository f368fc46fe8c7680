import type { Mailbox } from '../../test/mailbox.ts'
import { password, type Script } from './script.ts'

/** What goes by e-mail: verification, and a forgotten password. */
export async function mailCalls(script: Script, inbox: Mailbox) {
  const leo = await script.signUp('leo', { email: 'leo@example.org' })
  const bare = await script.signUp('bare')
  const code = async (place: string) => {
    const found = await inbox.nextCode('leo@example.org')
    script.secret(found, place)
    return found
  }
  const verify = (what: string, sent: object) =>
    script.call(`ask for verification ${what}`, 'POST /account/email/verification', sent)
  await verify('as nobody', {})
  await verify('without an address', { as: bare })
  await verify('', { as: leo })
  const verification = await code('verification')
  const confirm = (what: string, body: unknown) =>
    script.call(`verify ${what}`, 'POST /account/email/verification/confirm', { body })
  await confirm('with nonsense', { code: 'nonsense' })
  await confirm('without a code', {})
  await confirm('the address', { code: verification })
  await confirm('it again', { code: verification })
  await verify('when verified', { as: leo })
  await script.call('the profile when verified', 'GET /profile', { as: leo })

  const forgot = (what: string, body: unknown, headers = {}) =>
    script.call(`forgot ${what}`, 'POST /password/forgot', { body, headers })
  await forgot('whose', {})
  await forgot('by both', { username: 'leo', email: 'leo@example.org' })
  await forgot('as nobody', { username: 'no-such-person' })
  await forgot('from elsewhere', { username: 'leo' }, { origin: 'https://evil.example' })
  await forgot('by e-mail', { email: 'leo@example.org' })
  const reset = await code('reset')
  const set = (what: string, body: unknown) => script.call(`reset ${what}`, 'POST /password/reset', { body })
  await set('to what is too common', { code: reset, new_password: 'password1' })
  await set('to what is too short', { code: reset, new_password: 'x' })
  await set('with nonsense', { code: 'nonsense', new_password: `new ${password}` })
  await set('with the code of a verification', { code: verification, new_password: `new ${password}` })
  await set('the password', { code: reset, new_password: `new ${password}` })
  await set('it again', { code: reset, new_password: `new ${password}` })
  await script.call('the session before the reset', 'GET /me', { as: leo })
  await script.call('the old password after the reset', 'POST /login', { body: { username: 'leo', password } })
  await script.call('the new password after the reset', 'POST /login', {
    body: { username: 'leo', password: `new ${password}` },
  })
}
