import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { bundle } from '../launch/bundle.ts'
import { hashOf, isFresh, manifestName, webSources, webState } from '../launch/freshness.js'
import { programs } from '../launch/programs.js'
import packageJson from '../package.json' with { type: 'json' }
import { password, temporaryFolder, until } from './helper.ts'
import { testPicture } from './pictures.ts'
import { send, signUpAt, startServer } from './server-process.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const launcher = join(root, 'launch/run.js')
const address = (folder: string) => pathToFileURL(`${folder}/`)

/** A repository whose server prints what it is: the source, or bundled. */
function miniature(t: Test) {
  const folder = temporaryFolder(t)
  cpSync(join(root, 'launch'), join(folder, 'launch'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const files = { 'src/server/main.ts': 'source', 'dist/server.js': 'bundle' }
  for (const [file, name] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), `console.log('${name}', JSON.stringify(process.argv.slice(2)))`)
  }
  const sources = ['src/server/main.ts']
  const manifest = { files: sources, hash: hashOf(address(folder), sources) }
  writeFileSync(join(folder, 'dist', manifestName), JSON.stringify(manifest))
  return {
    folder,
    file: (name: string) => join(folder, name),
    start: async (...args: string[]) => {
      const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: '' }
      return (await run(process.execPath, [join(folder, 'launch/run.js'), ...args], { env })).stdout
    },
  }
}

t.test('npm start runs the bundle, and the sources as soon as one of them differs or is gone', async t => {
  const { file, start } = miniature(t)
  t.equal(await start('server', 'a', '--b'), 'bundle ["a","--b"]\n')
  writeFileSync(file('src/server/main.ts'), 'console.log("changed" as string)')
  t.equal(await start('server'), 'changed\n')
})

t.test('without a bundle, or with half of one, the sources run', async t => {
  const { file, start } = miniature(t)
  writeFileSync(file(`dist/${manifestName}`), '{"files":["src/gone.ts"],"hash":""}')
  t.equal(await start('server', 'a'), 'source ["a"]\n')
  rmSync(file(`dist/${manifestName}`))
  t.equal(await start('server'), 'source []\n')
  rmSync(file('dist'), { recursive: true })
  t.equal(await start('server'), 'source []\n')
})

t.test('compiled code is kept beside the dependencies; where it cannot be, the program runs all the same', async t => {
  const { file, start } = miniature(t)
  t.equal(await start('server'), 'bundle []\n')
  t.ok(readdirSync(file('node_modules/.cache/moodstreak'), { recursive: true }).length > 1)
  rmSync(file('node_modules'), { recursive: true })
  writeFileSync(file('node_modules'), '')
  t.equal(await start('server'), 'bundle []\n')
})

t.test('an unknown program is refused with the names of those that there are', async t => {
  const { start } = miniature(t)
  await t.rejects(start('serve'), { code: 1, stderr: /usage: node launch\/run\.js server\|admin\|seed/ })
  await t.rejects(start(), { code: 1 })
})

t.test('npm ci goes on where the bundler is missing; npm run bundle fails', async t => {
  const { folder, file } = miniature(t)
  const prepare = (...args: string[]) =>
    spawnSync(process.execPath, [file('launch/prepare.ts'), ...args], { cwd: folder, encoding: 'utf8' })
  t.match(prepare('--if-possible'), { status: 0, stderr: /"npm start" runs the sources: .*rolldown/ })
  t.match(prepare(), { status: 1, stderr: /rolldown/ })
})

t.test('the scripts and the services run the launcher with the same flags', async t => {
  const { scripts } = packageJson
  const [, command = ''] = /^exec (node .*)$/.exec(scripts.start) ?? []
  t.match(command, /launch\/run\.js server$/)
  t.match(readFileSync(join(root, 'deploy/moodstreak.service'), 'utf8'), `/${command}\n`)
  t.match(readFileSync(join(root, 'deploy/moodstreak-backup.service'), 'utf8'), 'node launch/run.js backup ')
  for (const name of Object.keys(programs)) {
    t.ok(
      Object.values(scripts).some(script => script.endsWith(`node launch/run.js ${name}`) || script === scripts.start),
      name,
    )
  }
  t.match(scripts.dev, /launch\/dev\.ts$/, 'development runs the sources')
})

/** How a module names a program that it starts. */
const startOf = (file: string) => `new URL('${file}', import.meta.url)`

/** A folder for sources of a test's own, in the repository, whose dependencies they may import. */
function workshop(t: Test, files: Record<string, string>) {
  mkdirSync(join(root, '.tap'), { recursive: true })
  const folder = mkdtempSync(join(root, '.tap/launch-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  const made = join(folder, 'made')
  const bundleAll = () =>
    bundle(
      relative(root, made),
      Object.fromEntries(Object.keys(files).map(name => [name.replace('.ts', ''), relative(root, join(folder, name))])),
    )
  return { folder, made, write, bundleAll, isFresh: () => isFresh(address(root), address(made)) }
}

t.test('a bundled module finds its files and the programs that it starts, and says what it said', async t => {
  const { folder, made, bundleAll } = workshop(t, {
    'module.ts': `
      import http, { createServer } from 'node:http'
      import swaggerUi from '@fastify/swagger-ui'
      export const beside = new URL('./beside.txt', import.meta.url).href
      export const worker = ${startOf('./worker.ts')}.href
      export const said: string = 'as it was – “è”, ⚘, 😀'
      export const isHttp: boolean = http.createServer === createServer && createServer.name === 'createServer'
      export const page = swaggerUi`,
    'worker.ts': 'console.log("at work" as string)',
  })
  await bundleAll()
  t.match(await import(join(made, 'module.js')), {
    beside: pathToFileURL(join(folder, 'beside.txt')).href,
    worker: pathToFileURL(join(made, 'worker.js')).href,
    said: 'as it was – “è”, ⚘, 😀',
    isHttp: true,
    page: Function,
  })
  t.match(await run(process.execPath, [join(made, 'worker.js')]), { stdout: 'at work\n' })
  const code = readdirSync(made).filter(name => name.endsWith('.js'))
  for (const name of code) t.notMatch(readFileSync(join(made, name), 'utf8'), /[^\0-\x7f]/, name)
})

t.test('a bundle is of the sources as they were; a new one replaces it and leaves nothing unfinished', async t => {
  const { folder, made, write, bundleAll, isFresh } = workshop(t, { 'program.ts': 'console.log("first" as string)' })
  const start = () => run(process.execPath, [join(made, 'program.js')])
  t.notOk(isFresh())
  await bundleAll()
  t.ok(isFresh())
  write('program.ts', 'console.log("second" as string)')
  t.notOk(isFresh())
  t.match(await start(), { stdout: 'first\n' })
  await bundleAll()
  t.ok(isFresh())
  t.match(await start(), { stdout: 'second\n' })
  t.strictSame(readdirSync(folder).toSorted(), ['made', 'program.ts'])
})

t.test('what a bundle could not run is refused: an unlisted program, other facts about a module', async t => {
  for (const [code, reason] of [
    [startOf('./worker.ts'), /starts .*worker\.ts, which launch\/programs\.js does not list/],
    ['import.meta.dirname', /of import\.meta, a bundle has only url/],
  ] as const) {
    const { folder, bundleAll } = workshop(t, { 'module.ts': `export const it = ${code}` })
    await t.rejects(bundleAll(), { message: reason })
    t.strictSame(readdirSync(folder), ['module.ts'])
  }
})

// The other tests that start processes run the bundle too, if `npm run bundle` was run; here it is certain.
if (!isFresh(address(root), address(join(root, 'dist')))) await bundle('dist')

/** Tells at the exit which file a process has run. */
const telling = `--import=data:text/javascript,${encodeURIComponent('process.on("exit",()=>console.error("ran",process.argv[1]))')}`
const ranBundle = (name: string) => new RegExp(`^ran ${join(root, 'dist', `${name}.js`)}$`, 'm')

t.test('the bundled server signs up, stores, shows its pages, and leaves nothing of who leaves', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const env = { DATABASE_URL: `file:${file}`, NODE_OPTIONS: telling, LOG_LEVEL: 'info' }
  const server = await startServer(t, env)
  const token = await signUpAt(server, 'maya')
  const body = { mood: 7, date: '2026-03-01', note: 'a note that nobody else has written' }
  t.equal((await send(server, '/mood', { token, body })).status, 201)
  t.equal((await send(server, '/mood', { token })).json().total, 1)
  for (const path of [
    '/docs/',
    '/docs/static/index.css',
    '/docs/static/swagger-ui.css',
    '/reset-password',
    '/openapi.json',
  ])
    t.equal((await send(server, path)).status, 200, path)
  const avatar = await fetch(`${server.url}/profile/avatar`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'image/png' },
    body: new Uint8Array(await testPicture().png().toBuffer()),
  })
  t.ok(avatar.ok, 'sharp is not part of the bundle')
  const left = await fetch(`${server.url}/account`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ current_password: password }),
  })
  t.equal(left.status, 204)
  await until(() => /wiped/.test(server.stdout()))
  t.notMatch(readFileSync(file, 'latin1'), body.note)
  t.match((await server.stop('SIGTERM')).stderr, ranBundle('server'))
})

t.test('so do several processes', async t => {
  const server = await startServer(t, { WORKERS: '2', NODE_OPTIONS: telling })
  t.equal((await send(server, '/health')).status, 200)
  const { stderr, code } = await server.stop('SIGTERM')
  t.equal(code, 0)
  // The second worker may not have come up yet.
  const ran = stderr.match(new RegExp(ranBundle('server').source, 'gm'))?.length ?? 0
  t.ok(ran >= 2, 'the one that keeps the others, and the first of them')
})

t.test('the bundled commands work', async t => {
  const folder = temporaryFolder(t)
  const env = { ...process.env, DATABASE_URL: 'file:moods.db', NODE_OPTIONS: telling, BCRYPT_COST: '4' }
  const command = (name: keyof typeof programs, ...args: string[]) =>
    run(process.execPath, [launcher, name, ...args], { cwd: folder, env })
  for (const [name, args, stdout] of [
    ['seed', [], /Added \d{3} moods/],
    ['admin', ['grant', 'demo', 'admin'], 'demo is now admin'],
    ['backup', ['copy.db'], 'Backed up'],
    ['check', ['copy.db'], 'copy.db is OK'],
    ['copy', ['file:moods.db', 'file:other.db'], /./],
  ] as const) {
    t.match(await command(name, ...args), { stdout, stderr: ranBundle(name) }, name)
  }
  await t.rejects(command('distribute'), { code: 1, stderr: ranBundle('distribute') })
})

t.test('the built app is missing, stale or fresh', t => {
  const folder = temporaryFolder(t)
  const root = address(folder)
  mkdirSync(join(folder, 'web/dist'), { recursive: true })
  writeFileSync(join(folder, 'web/index.html'), 'source')
  t.equal(webState(root), 'missing')
  writeFileSync(join(folder, 'web/dist/index.html'), 'built')
  t.equal(webState(root), 'stale')
  const manifest = { files: [], hash: hashOf(root, webSources(root)) }
  writeFileSync(join(folder, 'web/dist', manifestName), JSON.stringify(manifest))
  t.equal(webState(root), 'fresh')
  t.end()
})
