import { PassThrough } from 'node:stream'
import t from 'tap'
import { abandonedBy } from '../../src/streaming/abandoned.ts'
import { until } from '../helper.ts'

t.test('who hangs up waits no longer, and who has hung up before does not begin to', async t => {
  const connection = new PassThrough()
  const signal = abandonedBy(connection)
  t.notOk(signal.aborted)
  connection.destroy()
  await until(() => signal.aborted)
  t.ok(abandonedBy(connection).aborted)
})
