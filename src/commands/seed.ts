import { exitWith } from '../exit.ts'
import { seedDemo } from './seed-demo.ts'

/** `npm run seed`, or `npm run seed -- --force` in production. */
try {
  console.log(await seedDemo(process.argv.slice(2), process.env, { now: Date.now(), dotenv: true }))
} catch (error) {
  exitWith(error, 'seed')
}
