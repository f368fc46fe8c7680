import { exitWith, type Task } from '../exit.ts'

/** Runs a program of the operator: it prints what `run` says, and ends with its failure. */
export async function runProgram(task: Task, run: (say: (line: string) => void) => Promise<unknown>): Promise<void> {
  try {
    await run(console.log)
  } catch (error) {
    exitWith(error, task)
  }
}
