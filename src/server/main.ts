import cluster from 'node:cluster'
import { readConfig } from '../config.ts'
import { exitWith } from '../exit.ts'
import { welcome } from './log.ts'
import { serve } from './serve.ts'
import { handedConfig, keepWorkers } from './workers.ts'

/** `npm start`: the API, from this process or, with `WORKERS`, from several that run this same program. */

try {
  const config = cluster.isWorker ? await handedConfig() : readConfig(process.env, true)
  if (cluster.isPrimary && config.workers > 1) await keepWorkers(config)
  const address = await serve(config)
  // Only the first worker prints it.
  if (!config.production && (cluster.worker?.id ?? 1) === 1) console.log(welcome(config, address))
} catch (error) {
  exitWith(error, 'start')
}
