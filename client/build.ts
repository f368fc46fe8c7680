import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { API, NodeBuilderFlags } from 'typescript/unstable/sync'

/**
 * `npm run client:build [-- folder]`: the package as others install it. Plain JavaScript in two files and what they share, and
 * types that need nothing of the server: those derived from its schemas are written out (docs/decisions/client-package.md).
 */

const folder = import.meta.dirname
const root = resolve(folder, '..')

/** @param target a folder, which is replaced when all of it is there. */
export async function buildClient(target: string): Promise<void> {
  const unfinished = `${target}.${process.pid}`
  try {
    await writeScripts(unfinished)
    writeTypes(unfinished)
    rmSync(target, { recursive: true, force: true })
    renameSync(unfinished, target)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

async function writeScripts(dir: string): Promise<void> {
  const entries = { index: 'src/index.ts', indexeddb: 'src/indexeddb.ts' }
  await using building = await rolldown({
    cwd: folder,
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(folder, file)])),
    platform: 'neutral',
    transform: { target: 'es2022' },
  })
  await building.write({ dir, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js' })
}

/**
 * The declarations of the client's own modules and of what they share with the server. Others, which the compiler writes too,
 * go: nothing names them once the derived types are written out.
 */
function writeTypes(dir: string): void {
  // Not `bin/tsc`: Node cannot load a module without an extension where a loader is hooked in, as tap's is.
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js')
  const args = [compiler, '-p', join(folder, 'tsconfig.types.json'), '--outDir', dir]
  const { stdout, stderr, status, signal, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (!existsSync(join(dir, 'client/src')))
    throw new Error(`The compiler wrote nothing (${status ?? signal}): ${stdout}${stderr}`, { cause: error })
  writeFileSync(join(dir, 'client/src/wire.d.ts'), writtenOut('wire.ts'))

  const needed = new Set<string>()
  const open = ['client/src/index.d.ts', 'client/src/indexeddb.d.ts']
  for (let file = open.pop(); file; file = open.pop()) {
    if (needed.has(file)) continue
    needed.add(file)
    // The sources of other modules have no declarations, as some of the server's cannot be told.
    if (stdout.includes(`${file.replace('.d.ts', '.ts')}(`)) throw new Error(stdout)
    const text = readFileSync(join(dir, file), 'utf8').replace(relative, '$1.js$2')
    writeFileSync(join(dir, file), text)
    for (const [, target = ''] of text.matchAll(/['"](\.[^'"]*)\.js['"]/g))
      open.push(`${posix.join(posix.dirname(file), target)}.d.ts`)
  }
  for (const file of globSync('**/*.d.ts', { cwd: dir })) {
    if (!needed.has(file.replaceAll('\\', '/'))) rmSync(join(dir, file))
  }
}

/** The address of another module in a declaration. */
const relative = /(['"]\.[^'"]*)\.ts(['"])/g

/** The exported types of a module, each with what it comes to instead of what it is derived from. */
function writtenOut(name: string): string {
  const api = new API({ cwd: root })
  try {
    const config = join(folder, 'tsconfig.json')
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    const source = project?.program.getSourceFile(join(folder, 'src', name))
    const elsewhere = project?.program.getSourceFile(join(folder, 'src/environment.ts'))
    if (!project || !source || !elsewhere) throw new Error(`${name} is not part of the project`)
    const { checker } = project
    // Seen from elsewhere, helpers that are not exported have no name and are written out.
    const flags = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias
    const written = source.statements.flatMap(statement => {
      const text = source.text.slice(statement.pos, statement.end)
      const [, before = '', kind, name] = /^([\s\S]*?)export (type|interface) (\w+)/.exec(text) ?? []
      if (kind === undefined || !('name' in statement)) return []
      if (kind === 'interface') return [text]
      const symbol = checker.getSymbolAtLocation(statement.name as never)
      if (!symbol) throw new Error(`${name} has no type`)
      const type = checker.typeToString(checker.getDeclaredTypeOfSymbol(symbol), elsewhere, flags)
      return [`${before}export type ${name} = ${type.replace(/import\("[^"]*wire\.ts"\)\./g, '')};`]
    })
    return `${written.join('').trim()}\n`
  } finally {
    api.close()
  }
}

if (import.meta.main) await buildClient(resolve(process.argv[2] ?? join(folder, 'dist')))
