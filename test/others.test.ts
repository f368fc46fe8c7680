import { others, runFiles } from './in-one-process.ts'

/** The files that neither have a process of their own nor belong to another group. */
runFiles(others())
