import { taskColumns } from '../../src/imports/tasks/own-csv.ts'
import { taskExport } from '../../src/tasks/task-export.ts'
import { plainExport } from '../import-export/plain-export.ts'

/** `GET /tasks/export`. */
export default plainExport({
  name: 'tasks',
  title: 'Task',
  order: 'oldest first',
  columns: taskColumns,
  rows: taskExport,
})
