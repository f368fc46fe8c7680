import { runFiles, servers } from './in-one-process.ts'

/** The program as a process: its start, signals, workers, logs. */
runFiles(servers)
