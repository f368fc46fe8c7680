import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { runCommand } from '../src/commands/admin-commands.ts'
import { covered, programArgs } from './children.ts'
import { build, signUp, temporaryFolder } from './helper.ts'

const run = promisify(execFile)
const DATABASE_URL = `file:${join(temporaryFolder(t), 'moods.db')}`
const env = { DATABASE_URL, PUBLIC_URL: 'https://mood.example.org' }
/** The program, in a folder without a `.env`. */
const admin = (...args: string[]) =>
  run(process.execPath, [...programArgs('admin', covered), ...args], {
    cwd: temporaryFolder(t),
    env: { ...process.env, ...env, ...covered },
  })
/** What it does. */
const command = (...args: string[]) => runCommand(args, env)

t.test('reset-password prints a link that sets a new password, once, while the server runs', async t => {
  const { app } = await build(t, { at: new Date().toISOString(), env: { DATABASE_URL } })
  const maya = await signUp(app, 'Maya', { email: 'maya@example.org' })
  const links: string[] = []
  for (const name of ['maya', 'maya@example.org']) {
    const said = await command('reset-password', name)
    const [, link = ''] = /^ {2}(\S+)$/m.exec(said) ?? []
    t.match(said, /once, until \d{4}-\d\d-\d\dT/)
    t.ok(link.startsWith('https://mood.example.org/reset-password#'))
    links.push(link)
  }
  const reset = (link = '') =>
    app.inject({
      method: 'POST',
      url: '/password/reset',
      payload: { code: link.split('#')[1], new_password: 'another horse battery' },
    })
  t.equal((await reset(links[0])).statusCode, 204, 'a second link does not spoil the first')
  t.equal((await reset(links[0])).statusCode, 400, 'a link works once')
  t.equal((await reset(links[1])).statusCode, 400, 'and ends the others')
  t.equal((await maya.get('/me')).statusCode, 401)
  const login = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: 'maya', password: 'another horse battery' },
  })
  const profile = await maya.get('/profile', { authorization: `Bearer ${login.json().token}` })
  t.equal(profile.json().email_verified, false, 'what the operator hands over shows nothing about an address')
})

t.test('what cannot be done is said in a sentence, and nothing is printed that looks like success', async t => {
  await t.rejects(admin('reset-password', 'nobody'), {
    code: 1,
    stdout: '',
    stderr: /cannot run the command: no such account\n$/,
  })
})

t.test('without a command, with one that is none, or with other arguments it lists what there is', async t => {
  const wrong = [[], ['constructor'], ['grant'], ['reset-password'], ['reset-password', 'a', 'b'], ['--help']]
  for (const args of wrong) await t.rejects(command(...args), Error, args.join(' '))
  await t.rejects(command(), { message: /npm run admin -- reset-password <username or e-mail>/ })
})

t.test('what a command says is printed', async t => {
  t.match(
    (await admin('invite')).stdout,
    /^Anyone with this invitation can make one account until .*\n.*\n\n {2}\S+\n+$/,
  )
})
