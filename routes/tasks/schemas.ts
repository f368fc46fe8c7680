import { Type } from '@sinclair/typebox'
import { taskSorts } from '../../src/tasks/list-store.ts'
import { nullable, oneOf, ref } from '../../src/typebox.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Day, Instant } from '../wire.ts'

/** The tasks on the wire. */

const Title = Type.String({ maxLength: 200, format: 'label', examples: ['Call the dentist'] })
const Description = Type.String({ maxLength: 10_000, examples: ['Before noon; ask about June.'] })
const TaskId = Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] })

export const Task = Type.Object(
  {
    id: TaskId,
    title: Title,
    description: nullable(Description),
    completed: Type.Boolean(),
    completed_at: nullable(
      Instant({ description: 'When it was completed, by the clock of the server; null while open.' }),
    ),
    due_on: nullable(Day({ description: 'A date, the same in every time zone.' })),
    created_at: Instant(),
    updated_at: Instant(),
  },
  { $id: 'Task', description: 'Something to do.' },
)

export const TaskList = Type.Object(
  { tasks: Type.Array(ref(Task), { maxItems: 100 }), ...pageFields },
  { $id: 'TaskList' },
)

const Missing = Type.Array(TaskId, {
  maxItems: 100,
  description: 'The ids that the user has no task with.',
  examples: [[]],
})

export const MarkedTasks = Type.Object(
  {
    tasks: Type.Array(ref(Task), { maxItems: 100, description: 'Those that are there, as they are now.' }),
    missing: Missing,
  },
  { $id: 'MarkedTasks' },
)

export const DeletedTasks = Type.Object(
  {
    deleted: Type.Array(TaskId, { maxItems: 100, description: 'The ids of those that were there.' }),
    missing: Missing,
  },
  { $id: 'DeletedTasks' },
)

/** Every shared schema of this resource. */
export const shared = [Task, TaskList, MarkedTasks, DeletedTasks]

const taskFields = {
  title: Title,
  description: Type.Optional(nullable(Description)),
  completed: Type.Optional(Type.Boolean({ description: 'The server notes when it became true.' })),
  due_on: Type.Optional(nullable(Day({ description: 'A date, which no time zone moves.' }))),
}

export const NewTask = Type.Object(
  {
    ...taskFields,
    id: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Made by the client, so that the same task may be sent again: a retry answers 200.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ title: 'Call the dentist', due_on: '2026-03-09' }] },
)

export const TaskChange = Type.Object(
  { ...taskFields, title: Type.Optional(Title) },
  { additionalProperties: false, examples: [{ completed: true }] },
)

const ids = Type.Array(Type.String({ format: 'uuid' }), { maxItems: 100, description: 'Of the tasks; up to 100.' })
const exampleIds = ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11']

export const Marking = Type.Object(
  { ids, completed: Type.Boolean({ description: 'False opens them again.' }) },
  { additionalProperties: false, examples: [{ ids: exampleIds, completed: true }] },
)

export const Deletion = Type.Object({ ids }, { additionalProperties: false, examples: [{ ids: exampleIds }] })

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'An ETag of the task: the change happens only if nobody has edited it since.',
    }),
  ),
})

export const TaskQuery = Type.Object(
  {
    ...PageQuery,
    completed: Type.Optional(Type.Boolean({ description: 'Only completed tasks, or only open ones.' })),
    due_from: Type.Optional(Day({ description: 'Only tasks due on this day or later; none without a due date.' })),
    due_to: Type.Optional(Day({ description: 'Only tasks due on this day or earlier; none without a due date.' })),
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        format: 'label',
        description:
          'Only tasks that have each of these words, or parts of words, in title or description. Neither case nor accents matter.',
      }),
    ),
    sort: Type.Optional(
      oneOf(taskSorts, {
        description:
          '`-created_at` (newest first) when absent. By `due_on`, tasks without a due date come last, by `-due_on` first; by `title` neither case nor accents matter. What is equal is sorted by id.',
      }),
    ),
  },
  { additionalProperties: false },
)
