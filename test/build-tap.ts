import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** `tap build`, which takes some seconds, if tap has not been built yet without the plugins that `.taprc` leaves out. */
const settings = readFileSync(new URL('../.taprc', import.meta.url), 'utf8')
// Not imported: it can only be loaded by tap.
const built = readFileSync(fileURLToPath(import.meta.resolve('@tapjs/test/test-built')), 'utf8')
const [, signature = ''] = /^export const signature = `([^`]*)`/m.exec(built) ?? []
const unwanted = [...settings.matchAll(/^ {2}- "!(.+)"$/gm)].map(([, plugin = '']) => plugin)
if (unwanted.some(plugin => signature.split('\n').includes(plugin)))
  execFileSync('tap', ['build'], { stdio: 'inherit' })
