import fp from 'fastify-plugin'
import { type Passwords, PasswordsBusy, startPasswords } from '../src/auth/passwords.ts'
import { ApiError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Hashes and compares passwords off the main thread; answers 503 when too many wait. */
    passwords: Pick<Passwords, 'hash' | 'verify'>
  }
}

export default fp<{ cost: number }>(
  async (app, { cost }) => {
    const passwords = await startPasswords(cost)
    app.decorate('passwords', {
      hash: password => passwords.hash(password).catch(tooBusy),
      verify: (password, hash) => passwords.verify(password, hash).catch(tooBusy),
    })
    app.addHook('onClose', () => passwords.close())
  },
  { name: 'passwords' },
)

function tooBusy(error: unknown): never {
  if (error instanceof PasswordsBusy)
    throw new ApiError('too_busy', 'Too many people are signing in right now. Try again in a moment.', {
      'Retry-After': '2',
    })
  throw error
}
