import { buildApp } from './app.ts'
import { keptSecret } from './auth/kept-secret.ts'
import { readConfig } from './config.ts'
import { openDatabase, pathOf } from './db/open.ts'
import { exitWith } from './exit.ts'
import { logOptions, welcome } from './log.ts'

/** How long clients get to let go of their connections before they are closed, in ms. */
const drainTime = 500

try {
  const config = readConfig(process.env, true)
  const database = await openDatabase(config.databaseUrl)
  const jwtSecret = config.jwtSecret ?? keptSecret(pathOf(config.databaseUrl))
  const app = await buildApp({ config, jwtSecret, database, logger: logOptions(config) })
  const address = await app.listen({
    host: config.host,
    port: config.port,
    listenTextResolver: at => `listening on ${at}`,
  })
  if (!config.production) console.log(welcome(config, address))

  let stopping = false
  const stop = async (signal: NodeJS.Signals) => {
    // npm passes a signal on that its child has got already: the second one is not an order to hurry.
    if (stopping) return
    stopping = true
    app.log.info(`${signal}: finishing what has begun`)
    app.drain()
    await new Promise(resolve => setTimeout(resolve, drainTime))
    await app.close()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
} catch (error) {
  exitWith(error)
}
