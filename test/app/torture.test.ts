import t from 'tap'
import { launchBrowser } from '../browser.ts'
import { postgresDatabase } from '../postgres-server.ts'
import { torture } from './torture.ts'

t.test('offline torture: no write is lost or doubled, and every device shows what the server has', async t => {
  const browser = await launchBrowser(t)
  if (!browser) return
  const server = process.env.TEST_DATABASE_URL
  const databaseUrl = server && (await postgresDatabase(t, server))
  const { counts, faults } = await torture(browser, { sequences: 3, seed: 7, steps: 18, databaseUrl })
  t.strictSame(faults, [], 'seeds 7 to 9')
  t.equal(counts.browser, 6)
  t.ok((counts.log ?? 0) > 3 && (counts.edit ?? 0) > 3, JSON.stringify(counts))
})
