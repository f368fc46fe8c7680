import { appendFileSync, readdirSync, readFileSync } from 'node:fs'

/** The clock of processes in `/proc`, per second. */
const ticksPerSecond = 100

/**
 * Notes what each test file costs, where `TEST_COSTS` names a file to write to: a line for each, with its seconds of
 * processor time (user and system) and those of the processes that it started. Only on Linux. Of a browser it says too little,
 * or less than nothing: what its processes have used is forgotten where none of their parents lives to see them end.
 * @returns what to call when a test file begins, and without one when the last has ended.
 */
export function noteCosts(): (next?: string) => void {
  const { TEST_COSTS: notes } = process.env
  if (notes === undefined) return () => {}
  let [before, file]: [number, string | undefined] = [0, 'start']
  return next => {
    const now = ticksOf('self', childrenByParent())
    appendFileSync(notes, `${((now - before) / ticksPerSecond).toFixed(2)} ${file}\n`)
    ;[before, file] = [now, next]
  }
}

/** What a process has used, with all that descend from it: those that have ended are in the figures of their parents. */
function ticksOf(process: string, children: ReadonlyMap<string, string[]>): number {
  const fields = statOf(process)
  if (fields === undefined) return 0
  const [id = ''] = fields
  const own = fields.slice(12, 16).reduce((sum, field) => sum + Number(field), 0)
  return (children.get(id) ?? []).reduce((sum, child) => sum + ticksOf(child, children), own)
}

function childrenByParent(): Map<string, string[]> {
  const children = new Map<string, string[]>()
  for (const id of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const parent = statOf(id)?.[2]
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), id])
  }
  return children
}

/** The fields of `/proc/<process>/stat`, after the name, which may hold spaces: [id, state, parent, ...]. */
function statOf(process: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    return [text.slice(0, text.indexOf(' ')), ...text.slice(end + 2).split(' ')]
  } catch {
    // It has ended meanwhile.
  }
}
