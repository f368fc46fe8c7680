import { resolve } from 'node:path'
import t from 'tap'
import { uncounted } from './in-one-process.ts'

/** A process whose coverage is not counted (children.ts). */
void t.spawn(
  process.execPath,
  [...process.execArgv, resolve(import.meta.dirname, 'in-one-process.ts'), ...uncounted],
  { cwd: resolve(import.meta.dirname, '..') },
  'documents and all routes',
)
