import { importFile } from './import-file.ts'
import { runProgram } from './run-program.ts'

/** `npm run import -- <user> <file>`: the history of another app, brought by the operator. */
await runProgram('import the file', async say => say(await importFile(process.argv.slice(2), process.env, true)))
