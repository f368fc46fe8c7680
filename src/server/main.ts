import cluster from 'node:cluster'
import { readConfig } from '../config.ts'
import { exitWith } from '../exit.ts'
import { welcome } from './log.ts'
import { handedConfig, keepWorkers } from './workers.ts'

/** `npm start`: the API, from this process or, with `WORKERS`, from several that run this same program. */

try {
  const config = cluster.isWorker ? await handedConfig() : readConfig(process.env, true)
  if (cluster.isPrimary && config.workers > 1) await keepWorkers(config)
  // Loaded here: a process that keeps workers has no use for the API.
  const { serve } = await import('./serve.ts')
  const address = await serve(config)
  // Only the first worker prints it.
  if (!config.production && (cluster.worker?.id ?? 1) === 1) console.log(welcome(config, address))
} catch (error) {
  exitWith(error, 'start')
}
