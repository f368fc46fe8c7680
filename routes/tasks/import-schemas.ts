import { taskFormats } from '../../src/vocabulary.ts'
import { importFields, importSchemas } from '../import-export/import-fields.ts'

/** The wire schemas of imports of tasks. */
export const taskImports = importSchemas('Task', 'An import of tasks.', importFields(taskFormats), 'tasks:read')
