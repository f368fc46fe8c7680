import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { limits } from '../plugins/rate-limits.ts'
import { environment } from '../src/config.ts'
import { errors } from '../src/errors.ts'
import { providerKeys } from '../src/oauth/settings.ts'
import { build, grant } from './helper.ts'
import { parseHttpFile, runHttpFile } from './http-file.ts'
import { mailbox } from './mailbox.ts'

const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(resolve(root, file), 'utf8')

/** The cells of a table's rows in a section of the README, without backticks. */
function table(section: string): string[][] {
  const text = new RegExp(`^## ${section}$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(read('README.md'))?.[1] ?? ''
  const rows = text.split('\n').filter(line => line.startsWith('|'))
  return rows.slice(2).map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll('`', '')),
  )
}

/** `GET /mood/:id` for every operation of the OpenAPI document. */
async function operations(t: Test): Promise<string[]> {
  const { app } = await build(t)
  const { paths } = (await app.inject('/openapi.json')).json() as { paths: Record<string, Record<string, unknown>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
}

t.test('the README lists exactly the configuration there is, with its defaults', async t => {
  const documented = table('Configuration').map(([key, fallback]) => [key, fallback])
  const keys = Object.entries(environment.properties).map(([key, schema]) => [key, String(schema.default ?? '')])
  const actual = [...keys, ...Object.keys(providerKeys).map(key => [key, ''])]
  t.strictSame(documented, actual)
  const example = read('.env.example')
  for (const [key = ''] of actual) t.match(example, new RegExp(`^# ${key.replace('<NAME>', '[A-Z]+')}=`, 'm'))
})

t.test('the README lists exactly the errors there are', async t => {
  const documented = table('Errors').map(([code, status, title]) => [code, status, title])
  t.strictSame(
    documented,
    Object.entries(errors).map(([code, { status, title }]) => [code, String(status), title]),
  )
})

t.test('the README lists exactly the limits there are', async t => {
  const documented = table('Passwords and limits').map(([name, ...numbers]) => [name?.split(',')[0], ...numbers])
  const actual = Object.entries(limits).map(([name, { requests, seconds }]) => [
    name,
    String(requests),
    String(seconds),
  ])
  t.strictSame(documented.sort(), actual.sort())
})

t.test('the README lists exactly the endpoints there are', async t => {
  const documented = table('Endpoints').map(([endpoint]) => endpoint)
  const undocumentable = ['GET /docs', 'GET /openapi.json']
  t.strictSame(documented.sort(), [...(await operations(t)), ...undocumentable].sort())
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
  // What a browser goes through at a provider's, and what only comes of that.
  const elsewhere = [
    'GET /oauth/:provider',
    'GET /oauth/:provider/callback',
    'POST /oauth/exchange',
    'DELETE /account/identities/:id',
  ]
  for (const operation of await operations(t)) t.ok([...sent, ...elsewhere].includes(operation), operation)
})

t.test('links between the documents lead somewhere', async t => {
  const files = [
    'README.md',
    'docs/streaks.md',
    'docs/decisions/libraries-not-taken.md',
    'docs/decisions/login-throttling.md',
  ]
  for (const file of files) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      t.doesNotThrow(() => statSync(resolve(root, file, '..', target)), `${file} -> ${target}`)
    }
  }
})
