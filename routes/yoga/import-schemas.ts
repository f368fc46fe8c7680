import { practiceFormats } from '../../src/vocabulary.ts'
import { importFields, importSchemas } from '../import-export/import-fields.ts'

/** The wire schemas of imports of practices. */
export const practiceImports = importSchemas(
  'Practice',
  'An import of practices.',
  importFields(practiceFormats),
  'practices:read',
)
