import fp from 'fastify-plugin'
import type { PushSubscriptionId, UserId } from '../src/ids.ts'
import { type PushMessage, type PushOptions, type PushOutcome, pushService } from '../src/push/push-service.ts'
import { subscriptionStore } from '../src/push/subscription-store.ts'
import { vapidKeys } from '../src/push/vapid-keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Web Push. */
    push: {
      /** The key that browsers subscribe with, base64url. */
      publicKey(): Promise<string>
      /** Whether a push service may be called at an address. */
      isEndpoint(text: string): boolean
      /** Whether a person has a device that can be reached. */
      reaches(user: UserId): Promise<boolean>
      /**
       * Sends a message to all devices of a person, and drops those that are gone. Never fails.
       * @returns the best outcome of any of them; `gone` where there is none.
       */
      send(user: UserId, message: PushMessage): Promise<PushOutcome>
    }
  }
}

export interface PushPluginOptions extends PushOptions {
  /** The server's keys for sealing its own, the present one first. */
  sealKeys: readonly [Buffer, ...Buffer[]]
  /** Of the operator, for push services: `mailto:` or `https:`. */
  contact: string
}

/** From what nobody wants to hear twice to what can be tried again. */
const best: readonly PushOutcome[] = ['accepted', 'unknown', 'refused', 'gone']

export default fp<PushPluginOptions>(
  async (app, { sealKeys, contact, ...options }) => {
    const keys = vapidKeys(app.database, sealKeys, app.now)
    const service = pushService(keys, contact, options)
    const subscriptions = subscriptionStore(app.database)

    // Before anybody asks; while the database cannot be written it is done later.
    app.addHook('onReady', async () => void (await keys().catch(() => {})))

    async function note(user: UserId, device: { id: PushSubscriptionId; failures: number }, outcome: PushOutcome) {
      if (outcome === 'gone') await subscriptions.drop(user, device.id)
      else if (outcome === 'accepted') await subscriptions.worked(user, device)
      else await subscriptions.failed(user, device)
    }

    app.decorate('push', {
      publicKey: async () => (await keys()).publicKey,
      isEndpoint: service.isEndpoint,
      reaches: async user => (await subscriptions.of(user)).length > 0,
      async send(user, message) {
        const devices = await subscriptions.of(user).catch(error => void app.log.warn(error, 'no devices to push to'))
        if (!devices) return 'refused'
        const outcomes = await Promise.all(
          devices.map(async subscription => {
            const outcome = await service.send(subscription, message)
            // What is not noted is noted the next time: it must not count as a message that was not sent.
            await note(user, subscription, outcome).catch(error => app.log.warn(error, 'a push was not noted'))
            return outcome
          }),
        )
        return best.find(outcome => outcomes.includes(outcome)) ?? 'gone'
      },
    })
  },
  { name: 'push', dependencies: ['clock', 'db'] },
)
