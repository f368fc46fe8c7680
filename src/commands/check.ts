import { checkDatabase } from './check-database.ts'
import { runProgram } from './run-program.ts'

/** `npm run db:check -- [<file>]` */
await runProgram('verify the database', say => checkDatabase(process.argv.slice(2), process.env, say, true))
