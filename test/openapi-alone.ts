import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import openapi from '../plugins/openapi.ts'

/** Registers the OpenAPI document and its page in a server that has nothing else, and so does not compress them. */
export async function openapiAlone(app: FastifyInstance): Promise<void> {
  await app.register(fp(async app => void app.decorate('compress', () => {}), { name: 'compression' }))
  await app.register(openapi, { version: '1' })
}
