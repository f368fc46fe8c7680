import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { exportEveryone, writer } from '../src/commands/export-everyone.ts'
import { importFile } from '../src/commands/import-file.ts'
import type { WritableDatabase } from '../src/db/database.ts'
import { newId, type UserId } from '../src/ids.ts'
import { covered, programArgs } from './children.ts'
import { build, signUp, temporaryFolder } from './helper.ts'

const run = promisify(execFile)

async function installation(t: Test) {
  const folder = temporaryFolder(t)
  const env = { DATABASE_URL: `file:${join(folder, 'moods.db')}` }
  const { app } = await build(t, { at: new Date().toISOString(), env })
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const program = (name: 'import' | 'export', ...args: string[]) =>
    run(process.execPath, [...programArgs(name, covered), ...args], {
      cwd: folder,
      env: { ...process.env, ...env, ...covered },
    })
  return { app, folder, write, program, imports: (...args: string[]) => importFile(args, env), env }
}

t.test('an operator imports a file for somebody, while the server runs', async t => {
  const { app, folder, write, program, imports } = await installation(t)
  const ada = await signUp(app, 'ada', { email: 'ada@example.org' })
  const rows = Array.from({ length: 1_001 }, () => 'x,never')
  const file = write('moods.csv', `date,mood\n2026-01-01,fugly\n2026-01-02,8\n${rows.join('\n')}\n`)
  t.match(
    await imports('ada', file, '--dry-run'),
    /^1003 rows: 2 would be created, 0 already there, 1001 refused\.\nline 4: [\s\S]*… and 1 more\nWords without a valence: fugly\nThe streak is 0 \(before: 0\), the longest run 2 \(before: 0\)\.$/,
  )
  t.match((await ada.get('/mood')).json(), { total: 0 })
  const map = write('map.json', '{"fugly": 0}')
  const options = ['--map', map, '--timezone', 'Europe/Berlin', '--format', 'csv']
  t.match(await imports('ADA@example.org', file, ...options), /^1003 rows: 2 created, 0 already/)
  t.match((await ada.get('/mood?order=asc')).json().moods, [
    { mood: 'fugly', valence: -1, timezone: 'Europe/Berlin' },
    { mood: 8 },
  ])
  t.match((await ada.get('/mood/imports')).json().imports, [{ status: 'done', created: 2 }])
  const { stdout } = await program('import', 'ada', file)
  t.match(stdout, /^1003 rows: 0 created, 2 already there/)

  const tasks = write('todoist.csv', 'TYPE,CONTENT\ntask,Water the ferns\n')
  t.match(
    await imports('ada', tasks, '--tasks', '--dry-run'),
    '1 rows: 1 would be created, 0 already there, 0 refused.',
  )
  t.equal(await imports('ada', tasks, '--tasks'), '1 rows: 1 created, 0 already there, 0 refused.')
  t.match(await imports('ada', tasks, '--tasks', '--format', 'todoist'), /0 created, 1 already/)
  t.match((await ada.get('/tasks')).json().tasks, [{ title: 'Water the ferns' }])

  const practices = write('practices.csv', 'date,title\n2026-01-03,Sun salutations\n')
  t.equal(await imports('ada', practices, '--practices'), '1 rows: 1 created, 0 already there, 0 refused.')
  t.match((await ada.get('/practices')).json().practices, [{ title: 'Sun salutations' }])

  await t.rejects(imports('ada', practices, '--practices', '--tasks'), /^usage/)
  await t.rejects(imports('ada'), /^usage/)
  await t.rejects(imports('ada', file, file), /^usage/)
  await t.rejects(imports('eve', file), /no such account/)
  await t.rejects(imports('ada', file, '--format', 'txt'), /the formats are daylio-csv/)
  await t.rejects(imports('ada', join(folder, 'none.csv')), { code: 'ENOENT' })
  await t.rejects(program('import', 'eve', file), {
    code: 1,
    stderr: 'moodstreak cannot import the file: no such account',
  })
})

t.test('what each person has goes into a folder of its own, which an import takes back', async t => {
  const { app, folder, program, imports, env } = await installation(t)
  const [ada, noor] = [await signUp(app, 'adalovelace'), await signUp(app, 'Noor')]
  await ada.post('/mood', { mood: 8, note: 'hers' })
  const { mood } = (await ada.post('/mood', { mood: 2, note: 'deleted' })).json()
  await ada.patch(`/mood/${mood.id}`, { note: 'edited' })
  await ada.delete(`/mood/${mood.id}`)
  await ada.post('/tasks', { title: 'Call the dentist' })
  await ada.post('/practices/import', 'date,title\n2026-01-03,Sun salutations\n', { 'content-type': 'text/csv' })
  const to = join(folder, 'people')
  t.match((await program('export', to)).stdout, `Exported 2 people to ${to}.`)
  t.strictSame(readdirSync(to).toSorted(), ['adalovelace', noor.id].toSorted(), 'by id where a name could be mixed up')
  const read = (...path: string[]) => JSON.parse(readFileSync(join(to, ...path), 'utf8'))
  t.strictSame(readdirSync(join(to, noor.id)), ['account.json', 'moods.json', 'practices.json', 'tasks.json'])
  for (const file of readdirSync(join(to, 'adalovelace')))
    t.equal(statSync(join(to, 'adalovelace', file)).mode & 0o077, 0, `${file} is for nobody else`)

  const { exported_at: _, ...account } = read('adalovelace', 'account.json')
  const { exported_at: __, ...answered } = (await ada.get('/account/export')).json()
  // Exporting over the wire is an event of its own.
  const { events: ___, sessions: ____, ...others } = answered
  t.match(account, others, 'as GET /account/export has it')
  t.match(read('adalovelace', 'moods.json'), {
    moods: [{ note: 'hers' }],
    trash: [{ note: 'edited' }],
    revisions: [{ id: mood.id, note: 'deleted' }],
  })
  t.match(read(noor.id, 'moods.json'), { moods: [], trash: [], revisions: [] })
  t.notMatch(readFileSync(join(to, noor.id, 'account.json'), 'utf8'), 'hers')

  t.match(await imports('noor', join(to, 'adalovelace', 'moods.json')), /^1 rows: 1 created/)
  t.match(await imports('noor', join(to, 'adalovelace', 'tasks.json'), '--tasks'), /^1 rows: 1 created/)
  t.match(await imports('noor', join(to, 'adalovelace', 'practices.json'), '--practices'), /^1 rows: 1 created/)
  t.match((await noor.get('/mood')).json().moods, [{ note: 'hers' }])

  const exported = (...args: string[]) => exportEveryone(args, env)
  await noor.put('/profile/avatar', await picture(), { 'content-type': 'image/png' })
  t.match(await exported(join(folder, 'one'), 'noor'), /^Exported 1 person /)
  t.strictSame(readdirSync(join(folder, 'one')), [noor.id])
  t.match(JSON.parse(readFileSync(join(folder, 'one', noor.id, 'account.json'), 'utf8')), {
    avatar: { type: 'image/webp' },
  })
  const gone = { user: { ...noor, id: newId<UserId>() }, emailVerifiedAt: null } as unknown as Parameters<
    ReturnType<typeof writer>
  >[1]
  t.equal(await writer(app.database as WritableDatabase)(join(folder, 'gone'), gone), false)
  t.notOk(readdirSync(folder).includes('gone'), 'of one who is deleted meanwhile there is nothing')
  await t.rejects(exported(to), /is not empty/)
  await t.rejects(exported(), /^usage/)
  await t.rejects(exported(join(folder, 'none'), 'eve'), /no such account: eve/)
})

const picture = async () => (await import('./every-route.ts')).picture
