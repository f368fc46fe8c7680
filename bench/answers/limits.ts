import { password, type Script } from './script.ts'

/** On a server with limits, without e-mail and without providers. */
export async function limitCalls(script: Script) {
  const lou = await script.signUp('lou', { email: 'lou@example.org' })
  await script.call('sign up in a role that is not allowed', 'POST /signup', {
    body: { username: 'lea', password, role: 'instructor' },
  })
  await script.call('verification without e-mail', 'POST /account/email/verification', { as: lou })
  await script.call('forgotten without e-mail', 'POST /password/forgot', { body: { username: 'lou' } })
  await script.call('no providers', 'GET /oauth')
  await script.call('begin without providers', 'GET /oauth/google')
  await script.call('exchange without providers', 'POST /oauth/exchange', {
    body: { code: 'x', code_verifier: 'x'.repeat(43) },
  })
  await script.call('a preflight without listed pages', 'OPTIONS /mood', {
    headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' },
  })
  await script.call('a limited answer', 'GET /me', { as: lou })
  await script.call('an answer without a limit', 'GET /health')
  for (let n = 1; n <= 7; n++) {
    await script.call(`a wrong password, ${n}`, 'POST /login', { body: { username: 'lou', password: 'wrong' } })
  }
  await script.call('the right password after wrong ones', 'POST /login', { body: { username: 'lou', password } })
  for (let n = 1; n <= 7; n++) {
    await script.call(`a wrong confirmation, ${n}`, 'POST /account/confirm', {
      as: lou,
      body: { current_password: 'wrong' },
    })
  }
  await script.call('a request meanwhile', 'GET /me', { as: lou })
  for (let n = 1; n <= 62; n++) await script.call(`available, ${n}`, 'GET /availability?username=lou')
}
