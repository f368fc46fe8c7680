import type { SQL } from 'drizzle-orm'
import type { Tables } from '../db/schema.ts'
import type { Values } from '../db/values.ts'

/** The condition for unexpired sessions, its placeholders, and their values at a time (epoch ms). */
export interface LivingSessions {
  values: Declared
  condition(values: Values<Declared>): SQL
  at(ms: number): { now: Date; idleSince: Date }
}

type Declared = {
  readonly now: Tables['sessions']['expiresAt']
  readonly idleSince: Tables['sessions']['createdAt']
}
