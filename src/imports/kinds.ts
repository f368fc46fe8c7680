import type { Database } from '../db/database.ts'
import type { VersionName } from '../db/raised-version.ts'
import type { ImportedKind } from '../vocabulary.ts'

/** The table of what files are imported to, which is its counter's name too, and the version that it raises. */
export const kinds = {
  mood: { table: 'moods', version: 'moodVersion' },
  task: { table: 'tasks', version: 'taskVersion' },
  practice: { table: 'practices', version: 'practiceVersion' },
} as const satisfies Record<ImportedKind, { table: keyof Database['tables']; version: VersionName }>
