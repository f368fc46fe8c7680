// @ts-check
import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isFresh, webState } from './freshness.js'
import { programs } from './programs.js'

/**
 * What npm scripts and services run: `node launch/run.js <program> [<argument> …]`. It runs the bundle that `npm ci` made
 * in `dist/`, if that is of the sources as they are, and else the sources themselves, which start more slowly
 * (docs/decisions/bundle.md). JavaScript, because Node would load its TypeScript compiler for it.
 */

const root = new URL('../', import.meta.url)
const dist = new URL('dist/', root)

const [node = '', , name = '', ...args] = process.argv
const source = new Map(Object.entries(programs)).get(name)
if (source === undefined) {
  console.error(`usage: node launch/run.js ${Object.keys(programs).join('|')} [<argument> …]`)
  process.exit(1)
}

// Inherited by the processes that the program starts. Where the folder cannot be written there is no cache.
process.env.NODE_COMPILE_CACHE ||= fileURLToPath(new URL('node_modules/.cache/moodstreak', root))
enableCompileCache(process.env.NODE_COMPILE_CACHE)

const bundled = isFresh(root, dist)
if (!bundled) {
  const quick = new URL('quick-imports.js', import.meta.url).href
  await import(quick)
  process.execArgv.push(`--import=${quick}`)
}
if (name === 'server' && webState(root) === 'stale')
  console.error('The app in web/dist is older than its sources: "npm run bundle" builds it anew.')
const program = bundled ? new URL(`${name}.js`, dist) : new URL(source, root)
// The processes of `WORKERS` run the same program.
process.argv = [node, fileURLToPath(program), ...args]
await import(program.href)
// Now, because a server may be killed.
flushCompileCache()
