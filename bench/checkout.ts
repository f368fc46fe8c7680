import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type RunningServer, type Start, startServer, temporaryFolder } from './processes.ts'

/** A checkout of this repository, this one or another, whose programs are run with its own dependencies. */
export interface Checkout {
  folder: string
  /** Its own Node, if it is among its dependencies. */
  node: string
  /** The commit, and whether files differ from it. */
  commit: string
}

const run = promisify(execFile)

/**
 * Examines a folder.
 *
 * @throws {Error} if the folder contains no server.
 */
export async function openCheckout(path: string): Promise<Checkout> {
  const folder = resolve(path)
  const own = join(folder, 'node_modules/.bin/node')
  programOf(folder, 'server/main', 'server')
  const described = await run('git', ['-C', folder, 'describe', '--always', '--dirty']).catch(() => undefined)
  return { folder, node: existsSync(own) ? own : process.execPath, commit: described?.stdout.trim() ?? 'no commit' }
}

/** Starts its server on a free port. */
export function startCheckout(
  { folder, node }: Checkout,
  env: Record<string, string>,
  core: Start['core'] = 'any',
  nodeArgs: readonly string[] = [],
): Promise<RunningServer> {
  const program = programOf(folder, 'server/main', 'server')
  return startServer({ program, node, core, env, nodeArgs, folder: temporaryFolder() })
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
