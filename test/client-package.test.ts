import { execFile } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { hangingMs, launchBrowser } from './browser.ts'
import { fakeServer } from './client/fake-server.ts'
import { build, temporaryFolder } from './helper.ts'

/** The package as others get it: built, packed, installed into an empty folder, and in a real browser. */

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const client = join(root, 'client')
/** Of this process, but for what would make a child load what tests load. */
const { NODE_V8_COVERAGE: _coverage, NODE_OPTIONS: _options, ...env } = process.env
const pinned = process.execPath

/** The package, in a folder of its own, so that another build at the same time is none of its business. */
const built = temporaryFolder(t)
for (const file of ['package.json', 'README.md']) cpSync(join(client, file), join(built, file))
await run(pinned, [join(client, 'build.ts'), join(built, 'dist')], { env })

/** The example of the README. */
const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(client, 'README.md'), 'utf8'))?.[1] ?? ''

t.test('the example of the README has some thirty lines', async t => {
  t.ok(example.split('\n').filter(line => line.trim() !== '').length <= 40)
})

t.test('packed and installed into an empty folder it runs in plain Node, and its types are strict', async t => {
  const { app } = await build(t, { at: new Date().toISOString() })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const baseUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const folder = temporaryFolder(t)
  const npm = (...args: string[]) => run('npm', args, { cwd: folder, env })
  await run('npm', ['pack', '--pack-destination', folder], { cwd: built, env })
  const [packed = ''] = readdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'sample', private: true, type: 'module' }))
  await npm('install', '--offline', '--no-audit', '--no-fund', `./${packed}`)
  t.strictSame(
    readdirSync(join(folder, 'node_modules')).filter(name => !name.startsWith('.')),
    ['moodstreak-client'],
    'it brings nothing else along',
  )

  const sample = (name: string) => `const baseUrl = '${baseUrl}'\n${example.replaceAll('maya', name)}`
  writeFileSync(join(folder, 'sample.ts'), `${sample('maya')}\nexport {}\n`)
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2024', 'dom'],
    types: [],
  }
  const browsers = "import { indexedDbStorage } from 'moodstreak-client/indexeddb'\nawait indexedDbStorage()\n"
  const wrong =
    "import { createClient } from 'moodstreak-client'\n// @ts-expect-error\nawait createClient().moods.log({ moo: 1 })\n"
  writeFileSync(join(folder, 'browsers.ts'), browsers)
  writeFileSync(join(folder, 'wrong.ts'), wrong)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js')
  type Said = { stdout: string; stderr: string }
  const { stdout, stderr } = await run(pinned, [compiler, '-p', folder], { env }).catch((error: Said) => error)
  t.strictSame([stdout, stderr], ['', ''])

  // The oldest Node it runs in, where the system has one, too; without what tap gives its children, which needs a newer one.
  const bare = ['/usr/bin/env', '-u', 'NODE_OPTIONS']
  const nodes = [[pinned], ...(existsSync('/usr/bin/node') ? [[...bare, '/usr/bin/node']] : [])]
  for (const [i, [program = '', ...args]] of nodes.entries()) {
    writeFileSync(join(folder, `sample-${i}.mjs`), sample(`maya-${i}`))
    const { stdout } = await run(program, [...args, `sample-${i}.mjs`], { cwd: folder, env })
    t.match(stdout, 'Logged online: a streak of 1')
    t.match(stdout, '2 writes to send, a streak of 1')
    t.match(stdout, / happy'/)
  }
})

const browser = await launchBrowser(t)
if (browser) {
  t.test('in a browser the copy is in IndexedDB: it survives a reload, and two tabs share it', async t => {
    const clock = { now: Date.now() }
    const fake = fakeServer(() => clock.now)
    const server = createServer(async (request, response) => {
      const path = request.url ?? '/'
      if (path === '/sync') {
        const body = Buffer.concat(await request.toArray()).toString()
        const answer = await fake.fetch(path, { body })
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        return response.end(await answer.text())
      }
      const file = join(built, 'dist', path)
      const isScript = path.endsWith('.js') && existsSync(file)
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      return response.end(isScript ? readFileSync(file) : '<!doctype html><title>A page</title>')
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.teardown(() => server.close())
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const context = await browser.newContext()
    context.setDefaultTimeout(hangingMs)
    t.teardown(() => context.close())

    const open = async () => {
      const page = await context.newPage()
      await page.goto(address)
      await load(page)
      return page
    }
    type Page = Awaited<ReturnType<typeof context.newPage>>
    const load = (page: Page) =>
      page.evaluate(`(async () => {
        const { createClient, openSync, webLock } = await import('/index.js')
        const { indexedDbStorage } = await import('/indexeddb.js')
        const client = createClient({ session: 'cookie', timezone: () => 'UTC' })
        globalThis.storage = await indexedDbStorage('moodstreak-test')
        const lock = webLock(navigator.locks, 'moodstreak-test')
        globalThis.engine = await openSync({ client, storage, account: 'maya', lock })
      })()`)
    const ask = <T>(page: Page, what: string) => page.evaluate(`(async () => ${what})()`) as Promise<T>

    const one = await open()
    await ask(one, "(await engine.moods.log({ mood: 8, note: 'kept' })).id")
    await one.reload()
    await load(one)
    t.strictSame(await ask(one, 'engine.moods.list().map(({ value }) => value.note)'), ['kept'])
    t.equal(await ask(one, 'engine.unsent()'), 1)

    const two = await open()
    t.equal(await ask(two, 'engine.streak().streak'), 1)
    const told = ask(two, 'new Promise(resolve => { const stop = engine.subscribe(() => { stop(); resolve(true) }) })')
    await ask(one, "engine.tasks.create({ title: 'Told by the other tab' })")
    t.equal(await told, true)
    await two.waitForFunction('engine.tasks.list().length === 1')

    // Both write at once, and both want to sync: neither overwrites the other.
    await Promise.all(
      [one, two].flatMap(page =>
        [1, 2, 3].map(mood => ask(page, `engine.moods.log({ mood: ${mood} }).then(() => {})`)),
      ),
    )
    const synced = await Promise.all([one, two].map(page => ask<{ done: boolean }>(page, 'engine.sync()')))
    t.ok(synced.some(({ done }) => done))
    await ask(one, 'engine.sync()')
    t.equal(fake.things('mood').size, 7)
    await two.waitForFunction('engine.unsent() === 0 && engine.moods.list().length === 7')
    t.equal(await ask(two, 'engine.streak().streak'), 1)

    const refused = "storage.write({ put: [['x', 1]], delete: [], expect: { key: 'y', value: 'z' } })"
    t.equal(await ask(one, refused), false)
    t.equal(await ask(one, "storage.get('x')"), undefined)
    await t.rejects(ask(one, "storage.write({ put: [['x', () => {}]], delete: [], expect: { key: 'y' } })"))
    await ask(one, 'engine.wipe()')
    await two.waitForFunction('engine.moods.list().length === 0')
    await ask(one, '(engine.close(), storage.close(), true)')
    await one.goto('about:blank')
    await two.reload()
    await load(two)
    t.equal(await ask(two, 'engine.moods.list().length'), 0)
  })
}
