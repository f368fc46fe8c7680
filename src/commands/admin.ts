import { runCommand } from './admin-commands.ts'
import { runProgram } from './run-program.ts'

/** `npm run admin -- <command> …` */
await runProgram('run the command', async say => say(await runCommand(process.argv.slice(2), process.env, true)))
