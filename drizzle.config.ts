import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate` runs this once per engine, so that the two journals keep in step. */
const engine = process.env.ENGINE === 'postgres' ? 'postgres' : 'sqlite'

export default defineConfig({
  dialect: engine === 'postgres' ? 'postgresql' : 'sqlite',
  schema: './migrations/tables.cjs',
  out: `./migrations/${engine}`,
})
