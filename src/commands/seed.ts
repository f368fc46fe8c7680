import { runProgram } from './run-program.ts'
import { seedDemo } from './seed-demo.ts'

/** `npm run seed`, or `npm run seed -- --force` in production. */
await runProgram('seed', async say =>
  say(await seedDemo(process.argv.slice(2), process.env, { now: Date.now(), dotenv: true })),
)
