import { registerHooks } from 'node:module'

/**
 * Preloaded by `.taprc`, and by every process that a test starts. For each of drizzle's hundreds of modules Node
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
