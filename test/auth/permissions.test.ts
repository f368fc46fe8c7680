import t from 'tap'
import { can } from '../../src/auth/permissions.ts'
import { scopes } from '../../src/vocabulary.ts'
import { build, signUp } from '../helper.ts'

t.test('what each role may do', async t => {
  const may = (role: Parameters<typeof can>[0]) =>
    ([...scopes, 'account:manage', 'sequences:moderate', 'admin:read', 'admin:write'] as const).filter(p =>
      can(role, p),
    )
  const own = scopes.filter(scope => scope !== 'sequences:write')
  t.strictSame(may('member'), [...own, 'account:manage'])
  t.strictSame(may('instructor'), [...scopes, 'account:manage'])
  t.strictSame(may('admin'), [...scopes, 'account:manage', 'sequences:moderate', 'admin:read', 'admin:write'])
})

t.test('a guard asks for a sign-in first, then for the role', async t => {
  const { app } = await build(t, { own: true })
  app.get('/for-instructors', { onRequest: app.requires('sequences:write') }, async () => ({}))
  t.match((await app.inject('/for-instructors')).json(), { status: 401, code: 'authentication_required' })
  const member = await signUp(app, 'maya')
  t.match((await member.get('/for-instructors')).json(), { status: 403, code: 'forbidden' })
  const instructor = await signUp(app, 'ines', { role: 'instructor' })
  t.equal((await instructor.get('/for-instructors')).statusCode, 200)
})
