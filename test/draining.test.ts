import { once } from 'node:events'
import { Agent, get, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { build, password } from './helper.ts'

/** A listening app with a pending sign-up, whose password is not hashed before `release` is called. */
async function withSignUp(t: Test) {
  const { app } = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const { hash } = app.passwords
  const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  app.passwords.hash = async (...args) => {
    asked.resolve()
    await released.promise
    return hash(...args)
  }
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const signUp = request(`${url}/signup`, { agent, method: 'POST', headers: { 'content-type': 'application/json' } })
  signUp.end(JSON.stringify({ username: 'maya', password }))
  const answered = once(signUp, 'response')
  await asked.promise
  return { app, url, answered, release: released.resolve }
}

t.test('from the signal on nobody new is let in; what is being computed then is answered', async t => {
  const { app, url, answered, release } = await withSignUp(t)
  app.drain()
  await t.rejects(once(get(`${url}/health`, { agent: false }), 'response'), { code: 'ECONNREFUSED' })
  const closed = app.close()
  // Connections without an unfinished request stay open.
  app.hangUp()
  release()
  const [answer] = await answered
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers.connection, 'close')
  answer.resume()
  await closed
})

t.test('a stop waits for those who wait for an answer, and for nobody else', async t => {
  const { app, answered, release } = await withSignUp(t)
  let over = false
  const waited = app.answered().then(() => {
    over = true
  })
  await new Promise(setImmediate)
  t.notOk(over)
  release()
  const [answer] = await answered
  t.equal(answer.statusCode, 201)
  answer.resume()
  await waited
  await app.answered()
})

t.test('connections on which nothing is asked are closed', async t => {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').resume()
  await once(app.server, 'connection')
  app.hangUp()
  await once(socket, 'close')
  t.ok(socket.destroyed)
})
