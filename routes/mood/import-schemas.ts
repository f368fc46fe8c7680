import { Type } from '@sinclair/typebox'
import { nullable, orReceipt, ref } from '../../src/http/typebox.ts'
import { moodFormats } from '../../src/vocabulary.ts'
import { fileSchema, importFields, importId, importQuery, importSchemas } from '../import-export/import-fields.ts'
import { Count, Day, Timezone } from '../wire.ts'
import { streakFields } from './schemas.ts'

/** The wire schemas of imports. */

export const moodImports = importSchemas(
  'Mood',
  'An import.',
  {
    ...importFields(moodFormats),
    unknown_labels: Type.Array(Type.Object({ label: Type.String({ maxLength: 64 }), rows: Count() }), {
      maxItems: 200,
      description: 'Labels of unknown valence; `map` can say what they mean.',
      examples: [[{ label: 'fugly', rows: 1 }]],
    }),
    from: nullable(Day()),
    to: nullable(Day()),
    streak_before: Count(),
    streak_after: nullable(Count({ examples: [3] })),
    longest_before: Count(),
    longest_after: nullable(Count({ examples: [3] })),
  },
  'mood:read',
)

export const UndoneImport = Type.Object(
  { import: ref(moodImports.Import), streak_before: Count(), ...streakFields },
  { $id: 'UndoneMoodImport', description: 'An import that was undone, and the streak.' },
)
const UndoneReceipt = Type.Object(
  { import: Type.Object({ id: importId }), streak_before: Count(), ...streakFields },
  { $id: 'UndoneMoodImportReceipt', description: 'What a token without `mood:read` gets.' },
)
export const UndoneOrReceipt = orReceipt(UndoneImport, UndoneReceipt)

/** Every shared schema of imports. */
export const sharedOfImports = [...moodImports.shared, UndoneImport, UndoneReceipt, UndoneOrReceipt]

export const ImportQuery = Type.Object(
  {
    ...importQuery(moodFormats),
    timezone: Type.Optional(
      Timezone({ description: 'For entries without a time zone; by default that of the profile.' }),
    ),
  },
  { additionalProperties: false },
)

/** Any content type will do. */
export const ImportFile = fileSchema(256 * 1024 * 1024, {
  map: {
    type: 'string',
    maxLength: 65_536,
    description: 'A JSON object from labels to moods as in `POST /mood`: `{"rad": 10}`. Must precede the file.',
  },
})
