import { givenId } from './normal.ts'
import { type Person, password, type Script } from './script.ts'

/** The desk of the admins. */
export async function adminCalls(script: Script) {
  const ada = await script.signUp('ada', { email: 'ada@example.org' })
  const member = await script.signUp('mo')
  const author = await script.signUp('aja', { role: 'instructor' })
  const sequence = await script.call('make a sequence that is taken back', 'POST /sequences', {
    as: author,
    body: { title: 'Evening', category: 'evening', visibility: 'published', poses: [{ pose_id: 'cat' }] },
  })
  for (const line of [
    'GET /admin/dashboard',
    'GET /admin/users',
    `GET /admin/users/${ada.id}`,
    'GET /admin/audit',
    `DELETE /admin/users/${ada.id}`,
    `DELETE /admin/users/${ada.id}/sessions`,
  ]) {
    await script.call(`${line.replace(ada.id, ':id')} as a member`, line, { as: member })
    await script.call(`${line.replace(ada.id, ':id')} as nobody`, line)
  }
  await script.call('change a user as a member', `PATCH /admin/users/${ada.id}`, {
    as: member,
    body: { role: 'admin' },
  })
  await script.grant('ada', 'admin')
  await script.call('who an admin is', 'GET /me', { as: ada })
  await script.call('the dashboard', 'GET /admin/dashboard', { as: ada })
  await script.call('the dashboard by cookie', 'GET /admin/dashboard', { cookie: ada })
  for (const query of [
    '?per_page=2&sort=username',
    '?q=AD',
    '?q=example.org',
    '?role=admin',
    '?state=disabled',
    '?role=instructor&state=active&sort=-username',
    '?sort=x',
    '?q=%25',
    '?page=99',
  ]) {
    await script.call(`users ${query}`, `GET /admin/users${query}`, { as: ada })
  }
  await users(script, ada, member)
  await script.call('unpublish as an admin', `POST /sequences/${sequence.at('id')}/unpublish`, { as: ada })
  await script.call('unpublish again', `POST /sequences/${sequence.at('id')}/unpublish`, { as: ada })
  await script.call('an admin makes a sequence', 'POST /sequences', { as: ada, body: { title: 'Mine' } })
  for (const query of [
    '?per_page=3',
    '?kind=account_disabled',
    `?user=${member.id}`,
    `?actor=${ada.id}&from=2020-01-01`,
    '?to=2020-01-01',
    '?kind=x',
    '?user=x',
  ]) {
    await script.call(
      `audit ${query.replace(member.id, ':member').replace(ada.id, ':ada')}`,
      `GET /admin/audit${query}`,
      { as: ada },
    )
  }
  await script.call('the last admin leaves', 'DELETE /account', { as: ada, body: { current_password: password } })
  await script.grant('aja', 'admin')
  await script.call('an admin among two leaves', 'DELETE /account', { as: ada })
  await script.call('the audit without that admin', 'GET /admin/audit?per_page=3', { as: author })
}

async function users(script: Script, ada: Person, member: Person) {
  const path = `/admin/users/${member.id}`
  const patch = (what: string, body: unknown, to = path) =>
    script.call(`an admin changes: ${what}`, `PATCH ${to}`, { as: ada, body })
  await script.call('a user', `GET ${path}`, { as: ada })
  await script.call('no user', `GET /admin/users/${givenId(400)}`, { as: ada })
  await script.call('a user whose id is none', 'GET /admin/users/none', { as: ada })
  await patch('a role', { role: 'instructor' })
  await patch('the same role', { role: 'instructor' })
  await patch('a role that is none', { role: 'owner' })
  await patch('nothing', {})
  await patch('an unknown field', { username: 'x' })
  await patch('nobody', { disabled: true }, `/admin/users/${givenId(401)}`)
  await patch('the own role', { role: 'member' }, `/admin/users/${ada.id}`)
  await patch('disabled', { disabled: true })
  await script.call('a disabled user asks', 'GET /me', { as: member })
  await script.call('a disabled user signs in', 'POST /login', { body: { username: 'mo', password } })
  await patch('enabled', { disabled: false })
  await script.call('an enabled user signs in', 'POST /login', { body: { username: 'mo', password } })
  await script.call('an admin ends sessions', `DELETE ${path}/sessions`, { as: ada })
  await script.call('an admin ends the sessions of nobody', `DELETE /admin/users/${givenId(402)}/sessions`, { as: ada })
  await script.call('an admin deletes', `DELETE ${path}`, { as: ada })
  await script.call('an admin deletes again', `DELETE ${path}`, { as: ada })
  await script.call('an admin deletes the last admin', `DELETE /admin/users/${ada.id}`, { as: ada })
}
