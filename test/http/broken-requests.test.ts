import { Socket } from 'node:net'
import t from 'tap'
import { answerBrokenRequest, slowUploads } from '../../src/http/broken-requests.ts'

t.test('a request that takes long is cut, unless its route sees to it that it goes on', async t => {
  const late = () => Object.assign(new Error('too late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  const [upload, other] = [new Socket(), new Socket()]
  slowUploads.add(upload)
  answerBrokenRequest(late(), upload)
  t.notOk(upload.destroyed)
  // Connected to nobody, it can be written to no more.
  Object.defineProperty(other, 'writable', { value: false })
  answerBrokenRequest(late(), other)
  t.ok(other.destroyed)
  upload.destroy()
})
