import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * The processor time that a process with all its threads, and its children, have used.
 *
 * @param pid of the process.
 * @returns seconds, in steps of 10 ms; undefined if the system does not tell.
 */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    const stats = [pid, ...children].map(one => readFileSync(`/proc/${one}/stat`, 'utf8'))
    return stats.reduce((sum, stat) => {
      const fields = stat.split(') ')[1]?.split(' ') ?? []
      return sum + (Number(fields[11]) + Number(fields[12])) / 100
    }, 0)
  } catch {
    return byPs(pid)
  }
}

/**
 * The same to the nanosecond, for measurements of less than a second; but the time of threads that have ended is gone.
 *
 * @param pid of the process.
 * @returns seconds; undefined if the system does not tell.
 */
export function threadSeconds(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    const threads = [pid, ...children].flatMap(one =>
      readdirSync(`/proc/${one}/task`).map(id => `/proc/${one}/task/${id}`),
    )
    return threads.reduce(
      (sum, thread) => sum + Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9,
      0,
    )
  } catch {
    return cpuSeconds(pid)
  }
}

/** Where there is no `/proc`: macOS counts hundredths there, `1:02.34`. */
function byPs(pid: number): number | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' })
  const parts = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(stdout?.trim() ?? '')
  if (!parts) return undefined
  const [, hours = '0', minutes, seconds] = parts
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
}

/** The memory that a process takes of the machine, in MiB; undefined if the system does not tell. */
export function residentMiB(pid: number): number | undefined {
  return memory(pid, 'VmRSS')
}

/** The most that it has taken so far. */
export function peakResidentMiB(pid: number): number | undefined {
  return memory(pid, 'VmHWM')
}

function memory(pid: number, kind: 'VmRSS' | 'VmHWM'): number | undefined {
  try {
    const kib = new RegExp(`${kind}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Math.round(Number(kib) / 1024)
  } catch {
    return undefined
  }
}
