import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type PushSubscriptionId } from '../../src/ids.ts'
import { subscriptionStore } from '../../src/push/subscription-store.ts'
import { ById, guarded, problems, signedIn, withBody } from '../wire.ts'
import { NewPushSubscription, PushSettings, PushSubscription } from './schemas.ts'

/** The devices that a person is reminded on by Web Push. */
const push: FastifyPluginAsyncTypebox = async app => {
  const subscriptions = subscriptionStore(app.database)
  app.addSchema(PushSettings)
  app.addSchema(PushSubscription)
  const common = { tags: ['profile'], security: signedIn }

  app.get(
    '/push',
    {
      onRequest: app.requires('profile:read'),
      schema: {
        ...common,
        operationId: 'getPush',
        summary: 'Get the push key and your devices',
        description:
          'The key that a browser subscribes with, and your devices. Notifications contain nothing that you wrote.',
        response: { 200: ref(PushSettings, 'The key and your devices.'), ...problems(...guarded) },
      },
    },
    async request => ({
      public_key: await app.push.publicKey(),
      subscriptions: (await subscriptions.of(request.principal.user.id)).map(described),
    }),
  )

  app.post(
    '/push/subscriptions',
    {
      onRequest: app.requires('profile:write'),
      schema: {
        ...common,
        operationId: 'addPushSubscription',
        summary: 'Subscribe a device',
        description:
          'Takes `PushSubscription.toJSON()` of a browser. The same endpoint again is the same device. Of more than 20 the oldest is dropped, and so is one that its push service no longer knows.',
        body: NewPushSubscription,
        response: {
          201: ref(PushSubscription, 'Subscribed.'),
          ...problems(...guarded, ...withBody),
        },
      },
    },
    async (request, reply) => {
      const { endpoint, keys } = request.body
      if (!app.push.isEndpoint(endpoint))
        throw new ApiError('invalid_request', 'endpoint must be an https URL with a public host and no port but 443')
      const at = app.now()
      const target = { endpoint, p256dh: keys.p256dh, auth: keys.auth }
      const id = await subscriptions.add(request.commit, request.principal.user.id, target, at)
      reply.header('Location', `/push/subscriptions/${id}`)
      return reply.code(201).send(described({ id, endpoint, createdAt: new Date(at) }))
    },
  )

  app.delete(
    '/push/subscriptions/:id',
    {
      onRequest: app.requires('profile:write'),
      schema: {
        ...common,
        operationId: 'deletePushSubscription',
        summary: 'Unsubscribe a device',
        description: 'It gets no more notifications.',
        params: ById,
        response: { 204: Type.Null({ description: 'Deleted.' }), ...problems(...guarded, ...withBody, 'not_found') },
      },
    },
    async (request, reply) => {
      const id = idFrom<PushSubscriptionId>(request.params.id)
      const removed = await subscriptions.remove(request.commit, request.principal.user.id, id)
      if (!removed) throw new ApiError('not_found', 'No such subscription.')
      return reply.code(204).send(null)
    },
  )
}
export default push

const described = ({ id, endpoint, createdAt }: { id: string; endpoint: string; createdAt: Date }) => ({
  id,
  service: new URL(endpoint).host,
  created_at: createdAt,
})
