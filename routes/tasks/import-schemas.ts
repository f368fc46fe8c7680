import { Type } from '@sinclair/typebox'
import { orReceipt, ref } from '../../src/http/typebox.ts'
import { taskFormats } from '../../src/vocabulary.ts'
import { fileSchema, importFields, importId, importQuery } from '../import-fields.ts'
import { PageQuery, pageFields } from '../paging.ts'

/** The wire schemas of imports of tasks. */

const Import = Type.Object(importFields(taskFormats), { $id: 'TaskImport', description: 'An import of tasks.' })

export const OneImport = Type.Object({ import: ref(Import) }, { $id: 'OneTaskImport', description: 'An import.' })
const ImportReceipt = Type.Object(
  { import: Type.Object({ id: importId }) },
  { $id: 'TaskImportReceipt', description: 'What a token without `tasks:read` gets.' },
)
export const ImportOrReceipt = orReceipt(OneImport, ImportReceipt)

export const ImportList = Type.Object(
  { imports: Type.Array(ref(Import), { maxItems: 100 }), ...pageFields },
  { $id: 'TaskImportList', description: 'A page of imports.' },
)

/** Every shared schema of imports. */
export const sharedOfImports = [Import, OneImport, ImportReceipt, ImportOrReceipt, ImportList]

export const ImportQuery = Type.Object(importQuery(taskFormats), { additionalProperties: false })

export const ImportListQuery = Type.Object(PageQuery, { additionalProperties: false })

/** Any content type will do. */
export const ImportFile = fileSchema(20 * 1024 * 1024)
