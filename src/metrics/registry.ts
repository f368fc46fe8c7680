import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { commits, jobRuns, passwordHashes } from '../measured.ts'
import { measureProcess } from './process.ts'
import type { Reading } from './reading.ts'

/** Bounds of durations, in s. */
export const secondBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Bounds of the numbers of batches in a commit. */
const batchBounds = [1, 2, 4, 8, 16, 32, 64]

/** The metrics of this process: its own, of the work in `measured.ts`, and what is reported. */
export function startMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const readings = new Map<string, Reading[]>()

  const commitSeconds = new Histogram({
    name: 'moodstreak_commit_duration_seconds',
    help: 'Duration of a commit of a group of batches, until it is on the disk',
    buckets: secondBounds,
    registers,
  })
  const commitBatches = new Histogram({
    name: 'moodstreak_commit_batches',
    help: 'Batches of writes in a commit',
    buckets: batchBounds,
    registers,
  })
  const passwordSeconds = new Histogram({
    name: 'moodstreak_password_duration_seconds',
    help: 'Duration of hashing a password, the wait in the queue included',
    buckets: secondBounds,
    registers,
  })
  const jobSeconds = new Histogram({
    name: 'moodstreak_job_duration_seconds',
    help: 'Duration of a run of a recurring job',
    labelNames: ['job', 'outcome'],
    buckets: secondBounds,
    registers,
  })
  const jobSucceeded = new Gauge({
    name: 'moodstreak_job_last_success_timestamp_seconds',
    help: 'When a run of a recurring job last succeeded in this process; others of the database share the runs',
    labelNames: ['job'],
    aggregator: 'max',
    registers,
  })

  const listening = [
    measureProcess(registers),
    commits.listen(({ batches, seconds }) => {
      commitBatches.observe(batches)
      commitSeconds.observe(seconds)
    }),
    passwordHashes.listen(({ seconds }) => passwordSeconds.observe(seconds)),
    jobRuns.listen(({ job, failed, seconds }) => {
      jobSeconds.observe({ job, outcome: failed ? 'failed' : 'done' }, seconds)
      if (!failed) jobSucceeded.setToCurrentTime({ job })
    }),
  ]

  return {
    registry,
    /** Adds a reading. */
    report(reading: Reading) {
      const { name, help, kind, labels = {}, by = [] } = reading
      const others = readings.get(name)
      if (others) return void others.push(reading)
      const all = [reading]
      readings.set(name, all)
      const labelNames = [Object.keys(labels), by].flat()
      const definition = { name: `moodstreak_${name}`, help, labelNames, registers }
      if (kind === 'gauge')
        new Gauge({
          ...definition,
          collect() {
            for (const { labels, value } of all.flatMap(labelled)) this.set(labels, value)
          },
        })
      else
        new Counter({
          ...definition,
          collect() {
            this.reset()
            for (const { labels, value } of all.flatMap(labelled)) this.inc(labels, value)
          },
        })
    },
    /** Ends listening. */
    stop() {
      for (const end of listening) end()
    },
  }
}

/** What a reading reads now, each value with its labels. */
function labelled({ labels = {}, by = '', read }: Reading) {
  const found = read()
  if (typeof found === 'number') return [{ labels, value: found }]
  return Object.entries(found).map(([key, value]) => ({ labels: { ...labels, [by]: key }, value }))
}
