import { environment } from '../config.ts'
import { copyInstallation } from '../db/copy.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { runProgram } from './run-program.ts'

/** `npm run db:copy -- <from-url> <to-url>`: moves an installation from one engine to the other. */

const { pattern, expects } = environment.properties.DATABASE_URL

async function copy([from = '', to = '']: readonly string[], say: (line: string) => void): Promise<void> {
  const usable = (url: string) => new RegExp(pattern as string).test(url)
  // The argument is not repeated: it may contain a password.
  if (!usable(from) || !usable(to)) throw new Error(`usage: npm run db:copy -- <from-url> <to-url>; each ${expects}`)
  return copyInstallation(from, to, openUpgraded, say)
}

await runProgram('copy', say => copy(process.argv.slice(2), say))
