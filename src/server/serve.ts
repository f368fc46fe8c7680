import cluster from 'node:cluster'
import { setTimeout as wait } from 'node:timers/promises'
import { buildApp } from '../app.ts'
import { keptSecret } from '../auth/kept-secret.ts'
import type { Config } from '../config.ts'
import { fileOf } from '../db/open.ts'
import { jobRunner } from '../jobs/job-runner.ts'
import { zoneRelease, zoneWarnings } from '../moods/zone-release.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { recurringJobs, sendingJobs } from './jobs.ts'
import { logOptions, startWarnings } from './log.ts'
import { metricsOfWorkers } from './worker-metrics.ts'

/**
 * The time that clients get to release their connections, in turns. Turns, not one wait, because each of them reads
 * what has arrived; a process that was blocked would miss it all.
 */
const drainTurns = 20
const drainTurnMs = 25
/** Then the time that a client gets to finish a request that it has begun. */
const hangUpAfterMs = 3_000
/**
 * The time at which clients that still wait for an answer, or read it too slowly, are cut off: supervisors kill after
 * ten seconds or more.
 */
const cutAllAfterMs = 9_000

/**
 * Serves the API from this process until SIGTERM or SIGINT, then finishes accepted requests and exits with 0
 * (docs/decisions/graceful-stop.md).
 * @returns its address.
 * @throws {Error} when the database cannot be opened or the port is taken.
 */
export async function serve(config: Config): Promise<string> {
  const database = await openUpgraded(config.databaseUrl)
  const jwtSecret = config.jwtSecret ?? keptSecret(fileOf(config.databaseUrl))
  const app = await buildApp({
    config,
    jwtSecret,
    database,
    logger: logOptions(config),
    ...(cluster.isWorker && { readAllMetrics: metricsOfWorkers }),
  })
  for (const warning of [...startWarnings(config), ...zoneWarnings(zoneRelease)]) app.log.warn(warning)
  const runners = [recurringJobs(database, app.logWiping), sendingJobs(app.sendReminders)].map(jobs =>
    jobRunner({
      database,
      jobs,
      now: Date.now,
      failed: (error, job) => app.log.error(error, `job ${job} failed; retrying in ten minutes`),
    }),
  )

  let stopping = false
  const stop = async (signal: NodeJS.Signals) => {
    // A second signal does not mean hurry: npm, or the primary, forwards one that this process has already received.
    if (stopping) return
    stopping = true
    app.log.info(`${signal}: finishing open requests`)
    app.drain()
    const jobsStopped = Promise.all(runners.map(jobs => jobs.stop(hangUpAfterMs)))
    for (let turn = 0; turn < drainTurns; turn++) await wait(drainTurnMs)
    // Closing also ends the detection of slow clients: one that never finishes its request would keep the process alive
    // forever.
    setTimeout(() => app.hangUp(), hangUpAfterMs)
    setTimeout(() => app.server.closeAllConnections(), cutAllAfterMs)
    await app.answered()
    await jobsStopped
    await app.close()
    app.log.info('stopped')
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  const listening = { host: config.host, port: config.port, listenTextResolver: listeningText }
  const address = await app.listen(listening).catch(explainHost)
  for (const jobs of runners) jobs.start()
  return address
}

/** The start line. */
function listeningText(at: string): string {
  return `listening on ${at}, time zones of ${zoneRelease}`
}

const noSuchAddress = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL']

/**
 * Shells such as conda's and csh set `HOST` to a name of the machine, which is often no address of it.
 * @param error why the server cannot listen.
 * @throws {Error} the same, or one that tells what to do about `HOST`.
 */
export function explainHost(error: NodeJS.ErrnoException): never {
  if (!noSuchAddress.includes(String(error.code))) throw error
  throw new Error(
    `HOST is not an address of this machine: ${error.message}. (Use 127.0.0.1, or 0.0.0.0 for all; if you did not set HOST, your shell did: unset it.)`,
    { cause: error },
  )
}
