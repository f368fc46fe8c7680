import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { vapidKeys } from '../../src/push/vapid-keys.ts'
import { temporaryFolder } from '../helper.ts'

t.test('two processes that make keys at once agree; what failed is asked again', async t => {
  const database = await openDatabase(`file:${join(temporaryFolder(t), 'keys.db')}`)
  t.teardown(() => database.close())
  let isBroken = true
  const breaking = {
    ...database,
    prepare: ((name: string, ...rest: [never, never]) => {
      const statement = database.prepare(name, ...rest) as { execute(values: object): Promise<unknown> }
      const execute = (values: object) => {
        if (isBroken) throw new Error('no database')
        return statement.execute(values)
      }
      return name === 'sealed_key' ? { ...statement, execute: async (values: object) => execute(values) } : statement
    }) as typeof database.prepare,
  }
  const sealKeys = [randomBytes(32)] as const
  const [one, two] = [vapidKeys(breaking, [...sealKeys], Date.now), vapidKeys(breaking, [...sealKeys], Date.now)]
  await t.rejects(one(), { message: 'no database' })
  isBroken = false
  const [first, second] = await Promise.all([one(), two()])
  t.strictSame(first, second)
})
