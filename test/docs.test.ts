import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { environment } from '../src/config.ts'
import { errors } from '../src/errors.ts'
import { build } from './helper.ts'
import { parseHttpFile, runHttpFile } from './http-file.ts'

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
  const actual = Object.entries(environment.properties).map(([key, schema]) => [key, String(schema.default ?? '')])
  t.strictSame(documented, actual)
  const example = read('.env.example')
  for (const [key] of actual) t.match(example, new RegExp(`^# ${key}=`, 'm'))
})

t.test('the README lists exactly the errors there are', async t => {
  const documented = table('Errors').map(([code, status, title]) => [code, status, title])
  t.strictSame(
    documented,
    Object.entries(errors).map(([code, { status, title }]) => [code, String(status), title]),
  )
})

t.test('the README lists exactly the endpoints there are', async t => {
  const documented = table('Endpoints').map(([endpoint]) => endpoint)
  const undocumentable = ['GET /docs', 'GET /openapi.json']
  t.strictSame(documented.sort(), [...(await operations(t)), ...undocumentable].sort())
})

t.test('docs/moodstreak.http runs from top to bottom and leaves out no endpoint', async t => {
  const { app } = await build(t, { at: '2026-03-06T12:00:00Z' })
  const requests = parseHttpFile(read('docs/moodstreak.http'))
  const { results, answers } = await runHttpFile(app, requests)
  for (const { title, status, body } of results) t.ok(status < 300, `${title}: ${status} ${body.slice(0, 200)}`)
  t.match(answers.march, { streak: 3 })

  const sent = requests.map(({ method, url }) => `${method} ${url.split('?')[0]?.replace(/\{\{.*\}\}/, ':id')}`)
  for (const operation of await operations(t)) t.ok(sent.includes(operation), operation)
})

t.test('links between the documents lead somewhere', async t => {
  const files = ['README.md', 'docs/streaks.md', 'docs/decisions/libraries-not-taken.md']
  for (const file of files) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      t.doesNotThrow(() => statSync(resolve(root, file, '..', target)), `${file} -> ${target}`)
    }
  }
})
