// @ts-check
import { registerHooks } from 'node:module'

/**
 * For each of drizzle's hundreds of modules Node parses its package.json again, which is 180 kB: together more than a
 * second and 100 MB. This resolves the imports among them without. For processes that run the sources; the bundle needs
 * no such thing.
 */
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context
    const isInside = parentURL.includes('/node_modules/drizzle-orm/') && parentURL.endsWith('.js')
    if (!isInside || !specifier.startsWith('.')) return next(specifier, context)
    return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
  },
})
