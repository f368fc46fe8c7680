import { globSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import t from 'tap'
import { helpers, programs } from '../launch/programs.js'

const root = resolve(import.meta.dirname, '..')
const files = (pattern: string) => globSync(pattern, { cwd: root }).map(file => file.replaceAll('\\', '/'))
const sources = files('{src,plugins,routes}/**/*.ts')

interface Import {
  file: string
  /** The imported file relative to the root, or the package's name. */
  target: string
  typeOnly: boolean
  /** As the URL of a worker or child process. */
  started: boolean
}

/** The imports of a file: static, dynamic, or as the URL of a worker or child process. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /(import type [^']*|import [^']*from |import |import\(|new URL\(|export [^']*from )'([^']+)'/g,
  )
  return [...found].map(([, how = '', name = '']) => ({
    file,
    target: name.startsWith('.') ? relative(root, resolve(root, file, '..', name)) : name,
    typeOnly: how.startsWith('import type'),
    started: how.startsWith('new URL'),
  }))
}

const imports = sources.flatMap(importsOf)
const folderOf = (file: string) => file.split('/').slice(0, 2).join('/')
const domains = [
  'src/auth',
  'src/users',
  'src/audit',
  'src/administration',
  'src/idempotency',
  'src/jobs',
  'src/mail',
  'src/oauth',
  'src/profile',
  'src/moods',
  'src/tasks',
  'src/yoga',
  'src/export',
  'src/demo',
]

t.test('only app.ts imports plugins and routes', async t => {
  const wrong = imports.filter(
    ({ file, target }) =>
      file !== 'src/app.ts' &&
      ((target.startsWith('plugins/') && !file.startsWith('plugins/')) ||
        (target.startsWith('routes/') && !file.startsWith('routes/'))),
  )
  t.strictSame(wrong, [])
})

t.test('only serve.ts imports app.ts, and nothing imports a program', async t => {
  const wrong = imports.filter(
    ({ file, target }) =>
      (target === 'src/app.ts' && file !== 'src/server/serve.ts') || Object.values<string>(programs).includes(target),
  )
  t.strictSame(wrong, [])
})

t.test('src knows nothing of HTTP, except where a server is put together', async t => {
  // `http/` is what Fastify is built with. The process that keeps the workers serves nothing: it takes the log.
  const knowing = /^src\/(app\.ts|server\/workers\.ts|http\/.*)$/
  // Clients of others.
  const asking = ['src/oauth/provider-fetch.ts', 'src/push/push-service.ts']
  const wrong = imports.filter(
    ({ file, target, typeOnly }) =>
      file.startsWith('src/') &&
      /^(@?fastify|node:https?$)/.test(target) &&
      !knowing.test(file) &&
      !(asking.includes(file) && target.startsWith('node:')) &&
      !(typeOnly && file === 'src/server/log.ts'),
  )
  t.strictSame(wrong, [])
})

t.test('a plugin is `fp(fn, { name })`, named after its file', async t => {
  for (const file of files('plugins/*.ts')) {
    const text = readFileSync(join(root, file), 'utf8')
    t.match(text, /export default fp\b/, file)
    t.match(text, `name: '${basename(file, '.ts')}'`, file)
  }
})

t.test('imports go down only', async t => {
  const levels: [level: number, files: RegExp][] = [
    [5, /^src\/(server|commands)\//],
    [4, /^src\/app\.ts$/],
    [3, /^(plugins|routes)\//],
    // Schema helpers without HTTP: the configuration is a schema too.
    [1, /^src\/http\/typebox\.ts$/],
    [2, /^src\/http\//],
    [1, /^src\/((config|exit)\.ts$|(?!db\/)[^/]+\/)/],
    [0, /^src\//],
  ]
  const levelOf = (file: string) => levels.find(([, files]) => files.test(file))?.[0] ?? -1
  t.strictSame(
    imports.filter(({ file, target }) => levelOf(file) < levelOf(target)),
    [],
  )
})

t.test('no file imports itself by way of others, not even a type', async t => {
  const imported = Map.groupBy(
    imports.filter(({ started }) => !started),
    ({ file }) => file,
  )
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (imported.get(from) ?? []).some(({ target }) => {
      if (target === to) return true
      if (seen.has(target)) return false
      seen.add(target)
      return reaches(target, to, seen)
    })
  t.strictSame(
    sources.filter(file => reaches(file, file)),
    [],
  )
})

t.test('src speaks no HTTP: none of its words stands there, in the code or in a comment', async t => {
  // The streak has a status, in wire words, an account has one, and an e-mail has headers of its own. What talks to providers and push services is a client.
  const others: Record<string, RegExp> = {
    'src/moods/streak.ts': /status/,
    'src/moods/streak-details.ts': /status/,
    'src/administration/account-status.ts': /status/,
    'src/commands/admin-commands.ts': /status/,
    'src/mail/outbox.ts': /headers/,
    'src/mail/messages.ts': /headers/,
    'src/reminders/messages.ts': /headers/,
    'src/reminders/digest.ts': /headers/,
    'src/reminders/send-reminders.ts': /headers|status/,
    // A column of released databases.
    'src/idempotency/keys.ts': /status/,
    'src/db/tables/sign-in.ts': /status/,
  }
  const words =
    /Retry-After|\bstatus(es|Code)?\b|\bheaders\b|querystring|application\/|\bHTTP\b|WWW-Authenticate|If-(None-)?Match|\bE[Tt]ag\b|X-Timezone|Content-Type|[Ff]astify|\breply\./
  // The configuration names what the server is put together with.
  const knowing = /^src\/(app\.ts|config\.ts|http\/|server\/|oauth\/|push\/push-service\.ts)/
  const lines = sources
    .filter(file => file.startsWith('src/') && !knowing.test(file))
    .flatMap(file => {
      const text = readFileSync(join(root, file), 'utf8')
      return text.split('\n').map((line, i) => ({ file, at: `${file}:${i + 1}`, word: words.exec(line)?.[0] }))
    })
  const wrong = lines.filter(({ file, word }) => word !== undefined && !others[file]?.test(word))
  t.strictSame(
    wrong.map(({ at, word }) => `${at} ${word}`),
    [],
  )
})

t.test('a domain imports no other domain, and the database none at all', async t => {
  const wrong = imports.filter(({ file, target }) => {
    const [from, to] = [folderOf(file), folderOf(target)]
    if (from === 'src/demo') return false
    return (domains.includes(from) || from === 'src/db') && domains.includes(to) && from !== to
  })
  t.strictSame(wrong, [])
})

t.test('the streak module is pure: it imports nothing that runs', async t => {
  t.strictSame(
    importsOf('src/moods/streak.ts').filter(({ typeOnly }) => !typeOnly),
    [],
  )
  t.notMatch(readFileSync(join(root, 'src/moods/streak.ts'), 'utf8'), /Date|process|Intl/)
})

t.test('the client takes from the server types, and what runs anywhere: no package, nothing of Node', async t => {
  const clients = files('client/src/**/*.ts')
  const schemas = /^routes\/(.*\/)?[\w-]*schemas\.ts$/
  const typed = (target: string) =>
    schemas.test(target) || target === 'src/http/problem-details.ts' || target === '@sinclair/typebox'
  const rules = /^(client\/src\/|src\/moods\/|src\/(errors|short-text)\.ts$)/
  const wrong = clients
    .flatMap(importsOf)
    .filter(({ target, typeOnly }) => !rules.test(target) && !(typeOnly && typed(target)))
  t.strictSame(wrong, [])

  const running = new Set<string>()
  const open = [...clients]
  for (let file = open.pop(); file; file = open.pop()) {
    if (running.has(file)) continue
    running.add(file)
    for (const { target, typeOnly } of importsOf(file)) {
      if (typeOnly) continue
      t.match(target, /^(client|src)\/.*\.ts$/, `${file} imports ${target}`)
      open.push(target)
    }
    t.notMatch(readFileSync(join(root, file), 'utf8'), /\b(process|Buffer|require)\b[.(]/, file)
  }
})

t.test(
  'the app takes from the server nothing but types, what the client may import too, and how search folds text',
  async t => {
    const rules = /^(web\/|client\/src\/|src\/(moods\/|(errors|short-text|fold)\.ts$))/
    const wrong = files('web/src/**/*.{ts,tsx}')
      .flatMap(importsOf)
      .filter(
        ({ target, typeOnly }) =>
          /^(src|plugins|routes|test|launch|client)\//.test(target) && !rules.test(target) && !typeOnly,
      )
    t.strictSame(wrong, [])
  },
)

t.test('every source file is reached by some test, so the coverage of 100 % speaks of all of them', async t => {
  const started = Object.values({ ...programs, ...helpers })
  const reached = new Set<string>()
  const open = [...files('test/**/*.ts'), ...started]
  for (let file = open.pop(); file; file = open.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    open.push(
      ...importsOf(file).flatMap(({ target }) => (/^(src|plugins|routes|test)\/.*\.ts$/.test(target) ? [target] : [])),
    )
  }
  t.strictSame(
    sources.filter(file => !reached.has(file)),
    [],
  )
  const others = files('test/**/*.ts').filter(file => !file.endsWith('architecture.test.ts'))
  const tests = others.map(file => readFileSync(join(root, file), 'utf8'))
  for (const [name, file] of Object.entries({ ...programs, ...helpers })) {
    const named = [basename(file), `'${name}'`]
    t.ok(
      tests.some(text => named.some(words => text.includes(words))),
      file,
    )
  }
})
