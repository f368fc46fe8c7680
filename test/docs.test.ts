import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { programs } from '../launch/programs.js'
import { limits } from '../plugins/rate-limits.ts'
import { environment } from '../src/config.ts'
import { providerKeys } from '../src/oauth/settings.ts'
import { endpointRows, errorRows, operationsOf, tableOf, withTable } from './docs-tables.ts'
import { build, grant, signUp } from './helper.ts'
import { parseHttpFile, runHttpFile } from './http-file.ts'
import { mailbox } from './mailbox.ts'

const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(resolve(root, file), 'utf8')

const documentOf = async (t: Test) => {
  const { app } = await build(t)
  return (await app.inject('/openapi.json')).json()
}

t.test('docs/configuration.md lists exactly the configuration there is, with its defaults', async t => {
  const documented = tableOf(read('docs/configuration.md'), 'Keys').map(([key, fallback]) => [key, fallback])
  const keys = Object.entries(environment.properties).map(([key, schema]) => [key, String(schema.default ?? '')])
  const actual = [...keys, ...Object.keys(providerKeys).map(key => [key, ''])]
  t.strictSame(documented, actual)
  const example = read('.env.example')
  for (const [key = ''] of actual) t.match(example, new RegExp(`^# ${key.replace('<NAME>', '[A-Z]+')}=`, 'm'))
})

t.test('docs/errors.md lists exactly the errors there are; the example is one of them', async t => {
  const text = read('docs/errors.md')
  t.equal(text, withTable(text, 'Codes', errorRows), 'npm run docs:tables')
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '')
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  t.strictSame(example, (await maya.post('/mood', { mood: 11 })).json())
})

t.test('docs/api.md lists exactly the limits there are', async t => {
  const documented = tableOf(read('docs/api.md'), 'Rate limits').map(([name, ...numbers]) => [
    name?.split(',')[0],
    ...numbers,
  ])
  const actual = Object.entries(limits).map(([name, { requests, seconds }]) => [
    name,
    String(requests),
    String(seconds),
  ])
  t.strictSame(documented.sort(), actual.sort())
})

t.test(
  'docs/endpoints.md lists exactly the endpoints there are, with the summaries of the OpenAPI document',
  async t => {
    const text = read('docs/endpoints.md')
    t.equal(text, withTable(text, 'All of them', endpointRows(await documentOf(t))), 'npm run docs:tables')
  },
)

t.test('the README is short: fewer than 180 lines', async t => {
  t.ok(read('README.md').trim().split('\n').length < 180)
})

t.test('docs/moodstreak.http runs from top to bottom and leaves out no endpoint', async t => {
  const box = await mailbox(t)
  const { app } = await build(t, { at: '2026-03-06T12:00:00Z', env: { SMTP_URL: box.url } })
  const requests = parseHttpFile(read('docs/moodstreak.http'))
  const { results, answers } = await runHttpFile(app, requests, {
    ask: () => box.nextCode(),
    grant: (userId, role) => grant(app, userId, role),
  })
  for (const { title, status, body } of results) t.ok(status < 300, `${title}: ${status} ${body.slice(0, 200)}`)
  t.match(answers.march, { streak: 3 })
  t.match(answers.check, { findings: [] }, 'the sequence is sound')
  t.match(answers.published, { total: 1 })
  t.match(answers.practices, { total: 1 })

  const sent = requests.map(({ method, url }) => {
    const path = url.split('?')[0]?.replace(/\{\{.*\}\}/, ':id')
    return `${method} ${path?.replace(/\/poses\/\d+$/, '/poses/:position')}`
  })
  // These need a provider and a browser.
  const elsewhere = [
    'GET /oauth/:provider',
    'GET /oauth/:provider/callback',
    'POST /oauth/exchange',
    'DELETE /account/identities/:id',
    // It does not end.
    'GET /sync/stream',
  ]
  for (const { operation } of operationsOf(await documentOf(t)))
    t.ok([...sent, ...elsewhere].includes(operation), operation)
})

const documents = globSync('{README,CHANGELOG,docs/**/*}.md', { cwd: root })

t.test('links between the documents lead somewhere', async t => {
  const headings = (file: string) =>
    [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )
  for (const file of documents) {
    for (const [, target = '', anchor] of read(file).matchAll(/\]\((?!http)([^)#]*)(?:#([^)]*))?\)/g)) {
      const path = target === '' ? file : join(dirname(file), target)
      t.ok(existsSync(resolve(root, path)), `${file} -> ${target}`)
      if (anchor !== undefined) t.ok(headings(path).includes(anchor), `${file} -> ${target}#${anchor}`)
    }
  }
})

t.test('every row of docs/field-cases.md names files with a test of its case', async t => {
  const rows = [...read('docs/field-cases.md').matchAll(/^\| (\d+) \|.* \| ([^|]+) \|$/gm)]
  t.equal(rows.length, 23)
  for (const [, number, files = ''] of rows) {
    for (const [, file = ''] of files.matchAll(/`([^`]+)`/g)) {
      t.match(read(file), new RegExp(`field cases? (\\d+ and )?${number}\\b`), `${number}: ${file}`)
    }
  }
})

t.test('prose has lines of at most 150 characters', async t => {
  for (const file of documents) {
    const prose = read(file).replace(/^```[\s\S]*?^```/gm, '')
    const long = prose.split('\n').filter(line => line.length > 150 && !line.startsWith('|'))
    t.strictSame(long, [], file)
  }
})

t.test('a decision record has a date, a status and at most 40 lines', async t => {
  for (const file of documents.filter(file => dirname(file) === join('docs', 'decisions'))) {
    const [title = '', , status = '', ...more] = read(file).trimEnd().split('\n')
    t.match(title, /^# /, file)
    t.match(status, /^\d{4}-\d\d-\d\d · (accepted|superseded)/, file)
    t.ok(more.length + 3 <= 40, file)
  }
})

t.test('the units in deploy/ run programs that are there', async t => {
  for (const file of globSync('deploy/*.service', { cwd: root })) {
    const [, name = ''] = /node .*launch\/run\.js (\w+)/.exec(read(file)) ?? []
    t.ok(name in programs, file)
  }
})
