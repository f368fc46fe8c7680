import { execFile } from 'node:child_process'
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { isFresh } from '../launch/freshness.js'
import { once } from './prepared.ts'
import { fileOf, type RunningServer, type Start, startServer, temporaryFolder } from './processes.ts'

/** A checkout of this repository, this one or another, whose programs are run with its own dependencies. */
export interface Checkout {
  folder: string
  /** Its own Node, if it is among its dependencies. */
  node: string
  /** The commit, and whether files differ from it. */
  commit: string
  /** True if `npm start` runs a bundle there, not the sources. */
  bundled: boolean
}

const run = promisify(execFile)

/**
 * Examines a folder.
 *
 * @throws {Error} if the folder contains no package.
 */
export async function openCheckout(path: string): Promise<Checkout> {
  const folder = resolve(path)
  const own = join(folder, 'node_modules/.bin/node')
  if (!existsSync(join(folder, 'package.json'))) throw new Error(`${folder} has no package.json`)
  const described = await run('git', ['-C', folder, 'describe', '--always', '--dirty']).catch(() => undefined)
  const dist = pathToFileURL(join(folder, 'dist/'))
  return {
    folder,
    node: existsSync(own) ? own : process.execPath,
    commit: described?.stdout.trim() ?? 'no commit',
    bundled: isFresh(pathToFileURL(`${folder}/`), dist),
  }
}

/**
 * Starts its server on a free port, by what `npm start` runs there.
 * @param nodeArgs options of Node.
 */
export async function startCheckout(
  { folder }: Checkout,
  env: Record<string, string>,
  core: Start['core'] = 'any',
  nodeArgs: readonly string[] = [],
): Promise<RunningServer> {
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const path = `${join(folder, 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  const options = nodeArgs.length > 0 ? { NODE_OPTIONS: nodeArgs.join(' ') } : {}
  return startServer({ script: scripts.start, core, env: { PATH: path, ...options, ...env }, folder: likeIt(folder) })
}

/** This checkout. */
export const thisCheckout = once(() => openCheckout(fileOf('..')))

/** A folder with the same content, but without a developer's settings and data. */
function likeIt(folder: string): string {
  const links = temporaryFolder()
  for (const name of readdirSync(folder)) {
    if (!['.env', 'data'].includes(name)) symlinkSync(join(folder, name), join(links, name))
  }
  return links
}

/** Runs `npm run admin` of a checkout beside its running server. */
export async function runAdmin({ folder, node }: Checkout, env: Record<string, string>, args: readonly string[]) {
  const program = programOf(folder, 'commands/admin', 'admin')
  await run(node, [program, ...args], { cwd: temporaryFolder(), env: { PATH: process.env.PATH, ...env } })
}

/** The first existing one of some paths, because programs have moved. */
function programOf(folder: string, ...names: string[]): string {
  const found = names.map(name => join(folder, 'src', `${name}.ts`)).find(file => existsSync(file))
  if (found === undefined) throw new Error(`${folder} has no src/${names.join('.ts nor src/')}.ts`)
  return found
}
