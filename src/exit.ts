import { ConfigError } from './config.ts'

export type Task =
  | 'start'
  | 'seed'
  | 'copy'
  | 'back up'
  | 'restore'
  | 'verify the database'
  | 'distribute'
  | 'run the command'
  | 'import the file'
  | 'export the accounts'

/**
 * Ends a command that failed. The operator gets the message: a wrong configuration or file is theirs to fix, and a
 * stack trace would not help. `LOG_LEVEL=debug` prints it.
 * @param task the task that failed.
 */
export function exitWith(error: unknown, task: Task): never {
  const { message, stack } = error as Error
  const explained = error instanceof ConfigError ? message : `moodstreak cannot ${task}: ${message}`
  console.error(process.env.LOG_LEVEL === 'debug' ? stack : explained)
  process.exit(1)
}
