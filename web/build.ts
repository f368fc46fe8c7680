import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { hashOf, manifestName, webSources } from '../launch/freshness.js'

/** `npm run web:build`: the app, for the server, in `web/dist`. `npm ci` and `npm run bundle` make it too. */

const root = resolve(import.meta.dirname, '..')
const config = resolve(import.meta.dirname, 'vite.config.ts')
const defaultFolder = resolve(import.meta.dirname, 'dist')

/**
 * Builds the app, its texts also compressed as small as they get. What was in the folder is replaced when the new app is
 * complete.
 * @param folder absolute.
 * @throws {Error} when it cannot be built.
 */
export async function buildApp(folder = defaultFolder): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  const old = `${unfinished}.old`
  const { NODE_ENV } = process.env
  try {
    const built = await build({ configFile: config, logLevel: 'warn', build: { outDir: unfinished } })
    await compressAll(unfinished)
    writeManifest(unfinished, elsewhere([built].flat() as Rolldown.RolldownOutput[]))
    await mkdir(folder, { recursive: true })
    // A server may serve from it meanwhile.
    renameSync(folder, old)
    renameSync(unfinished, folder)
  } finally {
    // Vite says "production" to the process that it runs in.
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
    for (const folder of [unfinished, old]) rmSync(folder, { recursive: true, force: true })
  }
}

/** The sources that lie outside `web/`, such as those of the client; relative to the root. */
function elsewhere(built: readonly Rolldown.RolldownOutput[]): string[] {
  const chunks = built.flatMap(({ output }) => output).filter(file => file.type === 'chunk')
  const paths = chunks.flatMap(({ moduleIds }) => moduleIds).map(id => relative(root, id).replaceAll('\\', '/'))
  return [...new Set(paths)].filter(path => /^(?:client|src)\//.test(path)).sort()
}

/** What decides how the sources are built, besides themselves and what lies in `web/`. */
const recipe = ['launch/freshness.js', 'package-lock.json']

function writeManifest(folder: string, sources: readonly string[]) {
  const files = [...recipe, ...sources]
  const address = pathToFileURL(`${root}/`)
  const hash = hashOf(address, [...webSources(address), ...files])
  writeFileSync(join(folder, manifestName), JSON.stringify({ files, hash }))
}

const compressible = /\.(?:css|html|js|json|svg|txt|webmanifest)$/
const inPool = { br: promisify(brotliCompress), gz: promisify(gzip) }

/** Writes `<file>.br` and `<file>.gz` beside each text for which they are smaller. */
async function compressAll(folder: string): Promise<void> {
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => compressible.test(name))
  const compress = async (name: string) => {
    const file = join(folder, name)
    const text = await readFile(file)
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length }
    const coded = { br: await inPool.br(text, { params }), gz: await inPool.gz(text, { level: 9 }) }
    for (const [ending, bytes] of Object.entries(coded))
      if (bytes.length < text.length) await writeFile(`${file}.${ending}`, bytes)
  }
  await Promise.all(texts.map(compress))
}

if (import.meta.main) await buildApp()
