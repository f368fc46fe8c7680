import * as formats from '../../src/imports/practices/formats.ts'
import { practiceImporter } from '../../src/imports/practices/importer.ts'
import { plainImports } from '../import-export/plain-imports.ts'
import { practiceImports } from './import-schemas.ts'

/** Files that are read to practices: our own. */
export default plainImports({
  name: 'practices',
  title: 'Practice',
  files: 'A file of `GET /practices/export`, or a CSV with `date` and `title`',
  schemas: practiceImports,
  formats,
  importer: practiceImporter,
})
