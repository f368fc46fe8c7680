import { exportEveryone } from './export-everyone.ts'
import { runProgram } from './run-program.ts'

/** `npm run export -- <folder>`: what each person has, in a folder of its own. */
await runProgram('export the accounts', async say =>
  say(await exportEveryone(process.argv.slice(2), process.env, true)),
)
