import { backUp } from './back-up.ts'
import { runProgram } from './run-program.ts'

/** `npm run db:backup -- <file>`: a copy of the configured SQLite database, also while servers write to it. */
await runProgram('back up', async say => say(await backUp(process.argv.slice(2), process.env, true)))
