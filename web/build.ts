import { resolve } from 'node:path'
import { build } from 'vite'

/** `npm run web:build`: the app, for the server, in `web/dist`. */

const config = resolve(import.meta.dirname, 'vite.config.ts')

/** @param outDir a folder, which is replaced. */
export async function buildApp(outDir = resolve(import.meta.dirname, 'dist')): Promise<void> {
  await build({ configFile: config, logLevel: 'warn', build: { outDir } })
}

if (import.meta.main) await buildApp()
