import { pathToFileURL } from 'node:url'
import { webState } from './freshness.js'

/**
 * `npm run bundle`, which `npm ci` runs too. There, with `--if-possible`, it goes on without: where the bundler has no
 * binary for the machine the sources run as they are, and where Vite is not installed /app/ says how to get the app.
 */
const steps = [
  [
    'No bundle could be made, so "npm start" runs the sources',
    async () => {
      const { bundle } = await import('./bundle.ts')
      await bundle('dist')
    },
  ],
  [
    'The app at /app/ was not built',
    async () => {
      if (webState(pathToFileURL(`${import.meta.dirname}/../`)) === 'fresh') return
      const { buildApp } = await import('../web/build.ts')
      await buildApp()
    },
  ],
] as const

for (const [failure, step] of steps) {
  try {
    await step()
  } catch (error) {
    console.error(`${failure}: ${reasonOf(error as NodeJS.ErrnoException)}`)
    if (!process.argv.includes('--if-possible')) process.exitCode = 1
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes("'vite'")
    ? 'Vite, a development dependency, is not installed. (Install with "npm ci", then run "npm prune --omit=dev --no-save".)'
    : message
}
