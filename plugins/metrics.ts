import fp from 'fastify-plugin'
import type { Reading, Report } from '../src/metrics/reading.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Has a number read each time the metrics are asked for; does nothing where they are off. */
    reportMetric: Report
    /** The metrics as text, and its content type; undefined where they are off. */
    metrics: { read(): Promise<string>; readonly contentType: string } | undefined
  }
}

export interface MetricsOptions {
  enabled: boolean
  version: string
  engine: 'sqlite' | 'postgres'
  /** Reads the metrics of all processes that share the port, this one's included; by default it is the only one. */
  readAll?: (() => Promise<string>) | undefined
}

/** The route of what no route is for: one label, whatever is asked for. */
const noRoute = 'none'

/**
 * Metrics for Prometheus, where they are on (docs/decisions/metrics.md). Labels are patterns of routes and the like,
 * never what somebody sent.
 */
export default fp<MetricsOptions>(
  async (app, { enabled, version, engine, readAll }) => {
    if (!enabled) {
      app.decorate('reportMetric', () => {})
      app.decorate('metrics', undefined)
      return
    }
    const { AggregatorRegistry, Counter, Gauge, Histogram } = await import('prom-client')
    const { secondBounds, startMetrics } = await import('../src/metrics/registry.ts')
    const { registry, report, stop } = startMetrics()
    const registers = [registry]
    app.decorate('reportMetric', (reading: Reading) => report(reading))
    app.decorate('metrics', { read: readAll ?? (() => registry.metrics()), contentType: registry.contentType })
    app.addHook('onClose', async () => stop())
    if (readAll) {
      AggregatorRegistry.setRegistries([registry])
      // It answers the process that collects.
      new AggregatorRegistry()
    }

    new Gauge({
      name: 'moodstreak_info',
      help: 'Version and database engine of the server',
      labelNames: ['version', 'engine'],
      aggregator: 'first',
      registers,
    }).set({ version, engine }, 1)
    const requests = new Counter({
      name: 'moodstreak_http_requests_total',
      help: 'Requests answered, by route and status',
      labelNames: ['method', 'route', 'status'],
      registers,
    })
    const durations = new Histogram({
      name: 'moodstreak_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer, by route',
      labelNames: ['method', 'route'],
      buckets: secondBounds,
      registers,
    })
    app.addHook('onResponse', (request, reply, done) => {
      const { url: route } = request.routeOptions
      // A method for which there is no route could be any.
      const labels = route === undefined ? { method: noRoute, route: noRoute } : { method: request.method, route }
      requests.inc({ ...labels, status: reply.statusCode })
      durations.observe(labels, reply.elapsedTime / 1000)
      done()
    })
  },
  { name: 'metrics' },
)
