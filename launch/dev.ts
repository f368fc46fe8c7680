import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createServer } from 'vite'
import { readConfig } from '../src/config.ts'
import { appPolicy, policyText } from '../src/http/app-policy.ts'

/**
 * `npm run dev`: the API, started again when a source of it changes, and before it Vite's server, which shows the sources
 * of the app as they are and passes everything else on to the API. So both have one origin, as in production.
 */

const root = resolve(import.meta.dirname, '..')
const { host, port } = readConfig(process.env, true)
const api = spawn(process.execPath, ['--watch', 'src/server/main.ts'], { cwd: root, stdio: 'inherit' })

const vite = await createServer({
  configFile: resolve(root, 'web/vite.config.ts'),
  server: {
    host,
    // By default all of the repository, with the database in it and the secret beside that, for pages of any local port.
    fs: { allow: ['web', 'client/src', 'src', 'node_modules'].map(folder => resolve(root, folder)) },
    cors: false,
    proxy: { '^/(?!app(?:[/?]|$))': { target: `http://${reachable(host)}:${port}` } },
    // It puts styles into the page, and tells it of changes.
    headers: {
      'Content-Security-Policy': policyText({
        ...appPolicy,
        'style-src': "'self' 'unsafe-inline'",
        'connect-src': "'self' ws:",
      }),
    },
  },
})
await vite.listen()
console.log('\n  The app, with hot reload, and the API behind it:')
vite.printUrls()

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => api.kill(signal))
api.on('exit', async code => {
  await vite.close()
  process.exit(code ?? 0)
})

/** The address by which this machine reaches a server that listens there. */
function reachable(listensOn: string): string {
  if (listensOn === '0.0.0.0' || listensOn === '::') return 'localhost'
  return listensOn.includes(':') ? `[${listensOn}]` : listensOn
}
