import { parentPort, workerData } from 'node:worker_threads'
import { type Scrub, scrubFile } from './scrub.sqlite.ts'

/** What the thread of `scrubInThread` does. */
await scrubFile(workerData as Scrub, () => parentPort?.postMessage('rewritten'))
