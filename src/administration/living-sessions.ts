import type { SQL } from 'drizzle-orm'
import type { Tables } from '../db/schema.ts'
import type { Values } from '../db/values.ts'

/** How to tell the sessions that have not run out: a condition, the values it takes, and these at a time (epoch ms). */
export interface LivingSessions {
  values: Declared
  condition(values: Values<Declared>): SQL
  at(ms: number): { now: Date; idleSince: Date }
}

type Declared = {
  readonly now: Tables['sessions']['expiresAt']
  readonly idleSince: Tables['sessions']['createdAt']
}
