import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { temporaryFolder } from './helper.ts'

/** A small app as a build leaves it, whatever the real one looks like: its files, by path. */
export const webFiles = {
  'index.html': '<!doctype html><title>The app</title><script type="module" src="/app/assets/main-B1x_-9.js"></script>',
  'assets/main-B1x_-9.js': `console.log(${JSON.stringify('the app, '.repeat(200))})`,
  'assets/main-C2.css': 'body { color: black }',
  'assets/small.js': '1',
  'sw.js': 'self.addEventListener("fetch", () => {})',
  'manifest.webmanifest': '{"name":"moodstreak"}',
  'icons/icon-192.png': 'not really a picture',
  '.sources.json': '{"files":["secret"]}',
}

/** A folder with that app, its texts also in br and gzip. */
export function webFolder(t: Test): string {
  const folder = join(temporaryFolder(t), 'dist')
  for (const [name, text] of Object.entries(webFiles)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    if (!/^(?:assets\/main|index)/.test(name)) continue
    writeFileSync(`${file}.br`, brotliCompressSync(text))
    writeFileSync(`${file}.gz`, gzipSync(text))
  }
  writeFileSync(join(folder, '../secret.txt'), 'nobody reads this')
  return folder
}
