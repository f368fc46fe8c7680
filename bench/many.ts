/**
 * Runs a server as many processes on one port: `many.ts <file> <processes>`. Does no work itself and replaces no
 * worker.
 */
import cluster from 'node:cluster'

const [file, processes] = process.argv.slice(2)
cluster.setupPrimary({ exec: file as string, args: [] })
for (let n = Number(processes); n > 0; n--) cluster.fork()
cluster.on('exit', ({ process: { pid } }, code, signal) => {
  console.error(`process ${pid} of ${file} ended (${signal ?? code})`)
  process.exit(1)
})
process.on('SIGTERM', () => {
  cluster.removeAllListeners('exit')
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill()
  process.exit(0)
})
