import { exitWith } from '../exit.ts'
import { runCommand } from './admin-commands.ts'

/** `npm run admin -- <command> …` */
try {
  console.log(await runCommand(process.argv.slice(2), process.env, true))
} catch (error) {
  exitWith(error, 'run the command')
}
