import * as formats from '../../src/imports/tasks/formats.ts'
import { taskImporter } from '../../src/imports/tasks/importer.ts'
import { plainImports } from '../import-export/plain-imports.ts'
import { taskImports } from './import-schemas.ts'

/** Files that are read to tasks: our own, and those of Todoist. */
export default plainImports({
  name: 'tasks',
  title: 'Task',
  files: "Todoist's CSV or a file of `GET /tasks/export` (CSV or JSON)",
  schemas: taskImports,
  formats,
  importer: taskImporter,
})
