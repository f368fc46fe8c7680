import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { open, problems } from './wire.ts'

const Status = (status: string, description: string) =>
  Type.Object({ status: Type.Literal(status, { examples: [status] }) }, { description })

/** Whether the server is well: for load balancers, supervisors and the app's first handshake. */
const service: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  app.get(
    '/health',
    {
      config: { limit: 'none' },
      schema: {
        tags: ['service'],
        summary: 'Whether the process is alive',
        description: 'Answers without asking the database.',
        security: open,
        response: { 200: Status('ok', 'It is.'), ...problems() },
      },
    },
    async () => ({ status: 'ok' }) as const,
  )
  app.get(
    '/ready',
    {
      config: { limit: 'none' },
      schema: {
        tags: ['service'],
        summary: 'Whether requests can be served',
        description: 'Asks the database; 503 while it does not answer.',
        security: open,
        response: { 200: Status('ready', 'They can.'), ...problems() },
      },
    },
    async () => {
      await app.database.ping()
      return { status: 'ready' } as const
    },
  )
  app.get(
    '/version',
    {
      schema: {
        tags: ['service'],
        summary: 'Which version this is',
        description: 'For the handshake of an app: that it talks to moodstreak, and to which one.',
        security: open,
        response: {
          200: Type.Object(
            { name: Type.Literal('moodstreak'), version: Type.String({ maxLength: 64, examples: ['0.1.0'] }) },
            { description: 'Name and version.' },
          ),
          ...problems(),
        },
      },
    },
    async () => ({ name: 'moodstreak', version }) as const,
  )
}
export default service
