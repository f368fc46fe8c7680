/** One invented task, in days relative to the day of the seed. */
export interface DemoTask {
  title: string
  description: string | null
  /** Days before today when it was created. */
  madeAgo: number
  /** Days before today when it was completed; null while open. */
  doneAgo: number | null
  /** Days after today when it is due; null for no date. */
  dueIn: number | null
}

/** The tasks of the demo account. The order never changes: a task's id is derived from its index. */
export const demoTasks: readonly DemoTask[] = [
  { title: 'Renew the yoga mat rental', description: null, madeAgo: 21, doneAgo: 18, dueIn: -17 },
  { title: 'Book the physiotherapist', description: 'Mornings only.', madeAgo: 16, doneAgo: 12, dueIn: -10 },
  { title: 'Return the library books', description: null, madeAgo: 14, doneAgo: 3, dueIn: -5 },
  {
    title: 'Write to Aunt Réka',
    description: 'Thank her for the jam; ask about the summer.',
    madeAgo: 12,
    doneAgo: null,
    dueIn: -2,
  },
  {
    title: 'Prepare the Thursday class',
    description: 'Hips and hamstrings, 60 minutes. Keep it gentle.',
    madeAgo: 9,
    doneAgo: null,
    dueIn: 0,
  },
  { title: 'Buy running shoes', description: null, madeAgo: 8, doneAgo: 1, dueIn: null },
  { title: 'Dentist', description: 'Bring the insurance card.', madeAgo: 7, doneAgo: null, dueIn: 4 },
  { title: 'Repot the monstera', description: null, madeAgo: 5, doneAgo: null, dueIn: 9 },
  {
    title: 'Plan the weekend in the mountains',
    description: 'Train, hut, weather. Ask Maya and Tom.',
    madeAgo: 3,
    doneAgo: null,
    dueIn: 20,
  },
  { title: 'Learn to juggle', description: null, madeAgo: 1, doneAgo: null, dueIn: null },
]
