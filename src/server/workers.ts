import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import Fastify from 'fastify'
import { keptSecret } from '../auth/kept-secret.ts'
import type { Config } from '../config.ts'
import { fileOf } from '../db/open.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { logOptions } from './log.ts'
import { collectMetrics } from './worker-metrics.ts'

/** Delay before a worker is replaced, so that one which cannot start does not keep the machine busy. */
const restartDelayMs = 1_000

/**
 * Keeps `config.workers` processes serving on one port until SIGTERM or SIGINT, then stops them all and exits with 0
 * (docs/decisions/several-processes.md). When the first one cannot start, it exits with 1.
 * @throws {Error} when the database cannot be opened or migrated.
 */
export async function keepWorkers(config: Config): Promise<never> {
  const shared = await prepared(config)
  // This process serves nothing; the app is only for Fastify's log.
  const { log } = Fastify({ logger: logOptions(config) })
  if (config.metricsToken !== undefined) await collectMetrics()
  const alive = new Set<Worker>()
  let serving = false
  let stopping = false

  const stop = (signal: NodeJS.Signals) => {
    stopping = true
    // From a terminal they received it too, which is harmless.
    for (const worker of alive) worker.process.kill(signal)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  cluster.once('listening', () => {
    serving = true
  })

  const keepOne = async () => {
    while (!stopping) {
      const worker = start(shared)
      alive.add(worker)
      await endOf(worker)
      alive.delete(worker)
      if (stopping) return
      // It has logged the reason itself.
      if (!serving) process.exit(1)
      const { pid, exitCode, signalCode } = worker.process
      log.warn(`worker ${pid} exited (${signalCode ?? exitCode}); replacing it`)
      await setTimeout(restartDelayMs)
    }
  }

  // The first starts alone, so that a port in use is reported once, not by every worker.
  const first = keepOne()
  await Promise.race([once(cluster, 'listening'), first])
  await Promise.all([first, ...Array.from({ length: config.workers - 1 }, keepOne)])
  log.info('all workers have stopped')
  process.exit(0)
}

/**
 * Does once what workers would race for, and reads once what they must agree on: a worker may start days after the
 * first, when `.env` has changed.
 * @returns the configuration with the signing secret in it.
 */
async function prepared(config: Config): Promise<Config> {
  const database = await openUpgraded(config.databaseUrl)
  await database.close()
  return { ...config, jwtSecret: config.jwtSecret ?? keptSecret(fileOf(config.databaseUrl)) }
}

function start(config: Config): Worker {
  const worker = cluster.fork()
  // A message, not the environment, because it contains the secret. If a worker dies before it reads it, its exit is
  // handled.
  worker.send(config, () => {})
  return worker
}

/** Resolves when a worker has exited or failed to start. */
function endOf(worker: Worker): Promise<unknown> {
  return new Promise(resolve => {
    worker.on('exit', resolve)
    worker.on('error', resolve)
  })
}

/** The configuration that the primary sends to this worker. */
export async function handedConfig(): Promise<Config> {
  const [config] = await once(process, 'message')
  return config
}
