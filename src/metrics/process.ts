import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

/** Between two looks at the event loop, in ms. */
const resolution = 20
const quantiles = [0.5, 0.99, 1]

/**
 * The process itself, by the names that dashboards know. Not prom-client's own: they observe each garbage collection,
 * which takes 0.1 ms of processor time, and there is one for every ten or twenty pages.
 * @returns ends it.
 */
export function measureProcess(registers: Registry[]): () => void {
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  new Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'How late the event loop was since the last look at this',
    labelNames: ['quantile'],
    aggregator: 'max',
    registers,
    collect() {
      // Each includes the time for which nothing was due.
      const lag = (quantile: number) => Math.max(0, delays.percentile(quantile * 100) / 1e9 - resolution / 1e3)
      for (const quantile of quantiles) this.set({ quantile: String(quantile) }, lag(quantile))
      delays.reset()
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, of all threads',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Memory in use in the heap of JavaScript',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed)
    },
  })
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started; of several, the newest',
    aggregator: 'max',
    registers,
  }).set(performance.timeOrigin / 1e3)
  return () => void delays.disable()
}
