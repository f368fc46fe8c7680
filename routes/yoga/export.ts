import { practiceColumns } from '../../src/imports/practices/own-csv.ts'
import { practiceExport } from '../../src/yoga/practice-export.ts'
import { plainExport } from '../import-export/plain-export.ts'

/** `GET /practices/export`. */
export default plainExport({
  name: 'practices',
  title: 'Practice',
  order: 'by day, oldest first',
  columns: practiceColumns,
  rows: practiceExport,
})
