import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { hashOf, isFresh, manifestName, webSources, webState } from '../launch/freshness.js'
import { buildApp } from '../web/build.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder, until } from './helper.ts'

/** How the app is built, when it counts as old, and `npm run dev`. What it looks like is tested in test/app. */

const root = resolve(import.meta.dirname, '..')
const address = (folder: string) => pathToFileURL(`${folder}/`)

/** A repository with sources of an app and, said to be of them, a build. */
function miniature(t: Test) {
  const folder = temporaryFolder(t)
  const write = (file: string, text: string) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  cpSync(join(root, 'launch'), join(folder, 'launch'), { recursive: true })
  for (const file of ['web/src/main.tsx', 'web/public/icon.svg', 'web/index.html', 'client/src/client.ts'])
    write(file, file)
  write('package.json', '{"type":"module"}')
  write('src/server/main.ts', 'console.log("served")')
  write('web/dist/index.html', 'built')
  const files = ['client/src/client.ts']
  const sources = webSources(address(folder))
  write(`web/dist/${manifestName}`, JSON.stringify({ files, hash: hashOf(address(folder), [...sources, ...files]) }))
  const run = (program: string, ...args: string[]) => {
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: '' }
    return spawnSync(process.execPath, [join(folder, 'launch', program), ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
  }
  return { folder, write, run, state: () => webState(address(folder)) }
}

t.test('a built app counts as old as soon as a source differs, is new or is gone', t => {
  for (const change of [
    { write: 'web/src/main.tsx' },
    { write: 'web/src/screens/new.tsx' },
    { write: 'web/public/new.png' },
    { write: 'web/vite.config.ts' },
    { write: 'client/src/client.ts' },
    { remove: 'web/src/main.tsx' },
    { remove: 'client/src/client.ts' },
    { write: `web/dist/${manifestName}` },
    { remove: `web/dist/${manifestName}` },
  ]) {
    const { folder, write, state } = miniature(t)
    t.equal(state(), 'fresh')
    if (change.write) write(change.write, 'changed')
    if (change.remove) rmSync(join(folder, change.remove))
    t.equal(state(), 'stale', JSON.stringify(change))
  }
  const { folder, write, state } = miniature(t)
  write('web/README.md', 'changed')
  write('web/pictures/today.png', 'changed')
  t.equal(state(), 'fresh', 'what no build reads')
  rmSync(join(folder, 'web/dist'), { recursive: true })
  t.equal(state(), 'missing')
  t.end()
})

t.test('npm start says once that the app is old, and serves it all the same', t => {
  const { folder, write, run } = miniature(t)
  t.match(run('run.js', 'server'), { status: 0, stdout: 'served\n', stderr: '' })
  write('web/src/main.tsx', 'changed')
  t.match(run('run.js', 'server'), {
    status: 0,
    stdout: 'served\n',
    stderr: /^The app in web\/dist is older.*npm run bundle.*\n$/,
  })
  rmSync(join(folder, 'web/dist'), { recursive: true })
  t.match(run('run.js', 'server'), { status: 0, stdout: 'served\n', stderr: '' })
  t.end()
})

t.test('npm ci --omit=dev ends well without Vite and says how to get the app; npm run bundle fails', t => {
  const { write, run } = miniature(t)
  write('web/build.ts', readFileSync(join(root, 'web/build.ts'), 'utf8'))
  const sentence =
    /The app at \/app\/ was not built: Vite.*is not installed\. \(Install with "npm ci", then run "npm prune --omit=dev --no-save"\.\)\n/
  t.match(run('prepare.ts', '--if-possible'), { status: 0, stderr: sentence })
  t.match(run('prepare.ts'), { status: 1, stderr: sentence })
  t.end()
})

t.test('an app that is fresh is not built again', t => {
  const { run } = miniature(t)
  t.notMatch(run('prepare.ts', '--if-possible').stderr, 'The app')
  t.end()
})

t.test('a build has each text in three forms, knows its sources, and replaces what was there', async t => {
  mkdirSync(join(root, '.tap'), { recursive: true })
  const workshop = mkdtempSync(join(root, '.tap/web-'))
  t.teardown(() => rmSync(workshop, { recursive: true }))
  const folder = join(workshop, 'dist')
  mkdirSync(folder)
  writeFileSync(join(folder, 'old.js'), '')
  const env = { ...process.env }
  await buildApp(folder)
  t.strictSame({ ...process.env }, env)

  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const read = (name: string) => readFileSync(join(folder, name))
  t.ok(names.includes('index.html'))
  t.notOk(names.includes('old.js'))
  t.strictSame(readdirSync(workshop), ['dist'], 'nothing unfinished is left')
  const coded = names.filter(name => /\.(?:br|gz)$/.test(name))
  t.ok(coded.some(name => name.endsWith('.js.br')) && coded.includes('index.html.gz'))
  for (const name of coded) {
    const decode = name.endsWith('.br') ? brotliDecompressSync : gunzipSync
    const text = read(name.slice(0, -3))
    t.ok(decode(read(name)).equals(text), name)
    t.ok(read(name).length < text.length, name)
  }
  for (const name of names.filter(name => /^assets\/.*\.(?:css|js)$/.test(name))) {
    t.match(name, /^assets\/[\w-]+-[\w-]{8}\.\w+$/, 'its name holds a hash, in characters that the server knows')
    if (read(name).length > 200) t.ok(coded.includes(`${name}.br`), name)
    t.notOk(names.includes(`${name}.map`))
  }
  const page = String(read('index.html'))
  t.notMatch(
    page,
    /<script(?![^>]* src="\/app\/assets\/)|<style|style="|\son\w+=/,
    'no text of the page is code or style',
  )

  const { files } = JSON.parse(String(read(manifestName)))
  t.ok(files.includes('client/src/client.ts') && files.includes('src/moods/streak.ts'))
  t.ok(isFresh(address(root), address(folder), webSources(address(root))))
})

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** What Vite says of a file that it does not serve, the first time with the folders that it serves. */
const refusal =
  /^\s*The request id ".+" is outside of Vite serving allow list\.\n(?:\s*(?:- .+\n)+\s*Refer to docs .+\n)?/gm

t.test('npm run dev shows the sources of the app, under a policy of their own, and the API behind them', async t => {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATABASE_URL: `file:${join(temporaryFolder(t), 'dev.db')}`,
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    NO_COLOR: '1',
  }
  const child = spawn(process.execPath, [join(root, 'launch/dev.ts')], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complained = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    complained += text
  })
  t.teardown(() => {
    child.kill('SIGKILL')
    // Everything else that it complains of is seen, as without a pipe.
    process.stderr.write(complained.replaceAll(refusal, ''))
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text
  })
  await until(() => /http:\S+\/app\//.test(said) && /moodstreak is ready/.test(said))
  const [, origin = ''] = /(http:\S+?)\/app\//.exec(said) ?? []
  const page = await fetch(`${origin}/app/year`)
  t.equal(page.status, 200)
  t.match(await page.text(), '/app/@vite/client')
  t.match(page.headers.get('content-security-policy'), /script-src 'self';style-src 'self' 'unsafe-inline'/)
  t.match(await (await fetch(`${origin}/app/src/main.tsx`)).text(), 'import')
  t.match(await (await fetch(`${origin}/app/@fs${root}/client/src/problem.ts`)).text(), 'export')
  for (const file of ['package.json?raw', 'README.md', 'test/helper.ts?import&raw', 'deploy/moodstreak.service']) {
    const { status } = await fetch(`${origin}/app/@fs${root}/${file}`)
    t.equal(status, 403, `${file}: neither the database nor .env lies among the sources of the app`)
  }
  const other = await fetch(`${origin}/app/`, { headers: { origin: 'http://localhost:3000' } })
  t.notOk(other.headers.has('access-control-allow-origin'), 'no page of another port reads it')
  t.match(await (await fetch(`${origin}/version`)).json(), { name: 'moodstreak' })
  const signUp = {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, 'sec-fetch-site': 'same-origin' },
  }
  const body = JSON.stringify({ username: 'maya', password: 'correct horse battery' })
  t.equal((await fetch(`${origin}/signup`, { ...signUp, body })).status, 201, "its origin is the API's")
  child.kill('SIGTERM')
  await ended(child)
  await t.rejects(fetch(`${origin}/health`))
})
