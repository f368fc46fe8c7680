import { registerHooks } from 'node:module'

/**
 * Preloaded by `.taprc`, and then by every process that a test starts. For each of drizzle's hundreds of modules Node
 * parses its package.json again, which is 180 kB: a quarter of a second per process. This resolves them without.
 */
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context
    const isInside = parentURL.includes('/node_modules/drizzle-orm/') && parentURL.endsWith('.js')
    if (!isInside || !specifier.startsWith('.')) return next(specifier, context)
    return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
  },
})

const preload = `--import=${import.meta.url}`
const { NODE_OPTIONS = '' } = process.env
if (!NODE_OPTIONS.includes(preload)) process.env.NODE_OPTIONS = `${NODE_OPTIONS} ${preload}`
