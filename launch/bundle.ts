import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type OutputChunk, type Plugin, rolldown } from 'rolldown'
import { hashOf, manifestName } from './freshness.js'
import { helpers, programs } from './programs.js'

const root = resolve(import.meta.dirname, '..')

/** Loaded from `node_modules`: these have binaries. The last two are parts of `pg` that nobody installs. */
const external = ['better-sqlite3', 'sharp', 'pg-native', 'pg-cloudflare']

/** What decides how the sources are bundled, besides themselves. */
const recipe = ['launch/bundle.ts', 'launch/programs.js', 'package-lock.json']

/** The files of programs by name, relative to the root. */
type Entries = Readonly<Record<string, string>>

/**
 * Bundles programs with their dependencies, for `launch/run.js`: Node resolves and reads a thousand modules otherwise. What
 * was in the folder is replaced when the new bundle is complete.
 * @param folder relative to the root.
 * @throws {Error} when the sources cannot be bundled.
 */
export async function bundle(folder: string, entries: Entries = { ...programs, ...helpers }): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  try {
    const sources = await write(unfinished, entries)
    const files = [...sources, ...recipe].sort()
    const manifest = { files, hash: hashOf(pathToFileURL(root + sep), files) }
    writeFileSync(join(root, unfinished, manifestName), JSON.stringify(manifest))
    rmSync(join(root, folder), { recursive: true, force: true })
    renameSync(join(root, unfinished), join(root, folder))
  } finally {
    rmSync(join(root, unfinished), { recursive: true, force: true })
  }
}

/** @returns the bundled files that are not of dependencies, relative to the root. */
async function write(folder: string, entries: Entries): Promise<string[]> {
  await using building = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
    platform: 'node',
    external,
    plugins: [ownPaths(entries), lazyHttp(), asciiOnly()],
  })
  const { output } = await building.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'part-[name]-[hash].js',
    sourcemap: true,
    banner: bannerOf(folder),
  })
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk')
  return [...new Set(chunks.flatMap(({ moduleIds }) => moduleIds).map(pathOf))].filter(isOwn)
}

/** Relative to the root. */
function pathOf(file: string): string {
  return relative(root, file).replaceAll('\\', '/')
}

function isOwn(path: string): boolean {
  return /^[\w.]/.test(path) && !path.includes('node_modules/') && !path.startsWith('..')
}

/** Paths relative to a module are relative to the chunk that it is part of. */
function bannerOf(folder: string): string {
  const up = relative(join(root, folder), root).replaceAll('\\', '/')
  return `import { fileURLToPath as __pathOf } from 'node:url'
const __urlOf = file => new URL('${up}/' + file, import.meta.url).href
const __folderOf = file => __pathOf(__urlOf(file))`
}

/** Keeps right where modules find their files, and the programs of the threads and processes that they start. */
function ownPaths(entries: Entries): Plugin {
  const names = new Map(Object.entries(entries).map(([name, file]) => [file, name]))

  /** The address, in a bundle, of a program that a module starts. */
  function startOf(module: string, specifier: string): string {
    const file = pathOf(join(root, dirname(module), specifier))
    const name = names.get(file)
    if (!name) throw new Error(`${module} starts ${file}, which launch/programs.js does not list`)
    return `new URL('./${name}.js', import.meta.url)`
  }

  return {
    name: 'own-paths',
    transform(code, id) {
      const path = pathOf(id)
      if (!isOwn(path)) return inPlace(code.replace(/\b__dirname\b/g, `__folderOf('${dirname(path)}')`))
      if (/import\.meta\.(?!url\b)/.test(code)) throw new Error(`${path}: of import.meta, a bundle has only url`)
      return inPlace(code.replace(ownUrl, (_, program) => (program ? startOf(path, program) : `__urlOf('${path}')`)))
    },
  }
}

/** Code whose lines are what they were: no source map is needed. */
const inPlace = (code: string) => ({ code, map: null })

/** The address of a program that a module starts, or that of the module itself. */
const ownUrl = /new URL\('(\.[^']*\.ts)', import\.meta\.url\)|import\.meta\.url/g

/** Importing `node:http` touches all that it exports, of which one loads Node's `fetch`: 3 MB that few servers need. */
function lazyHttp(): Plugin {
  const lazy = '\0http'
  return {
    name: 'lazy-http',
    resolveId: source => (source === 'node:http' || source === 'http' ? lazy : null),
    load: id => (id === lazy ? "module.exports = process.getBuiltinModule('node:http')" : null),
  }
}

/** V8 keeps the text of a module with two bytes for each character if one is beyond ASCII. */
function asciiOnly(): Plugin {
  const escaped = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`
  return {
    name: 'ascii-only',
    generateBundle(_options, output) {
      for (const file of Object.values(output)) {
        if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escaped)
      }
    },
  }
}
