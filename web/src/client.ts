import { signal } from '@preact/signals'
import { createClient } from '../../client/src/client.ts'

/** The client of the server that this page came from, signed in by the browser's cookie. */

/** Whether the server wants the password again. What is on the device stays, and can be read and written. */
export const expired = signal(false)

/** Whose copy is open. Others may sign in meanwhile, in another tab or on the page of the API: the cookie is everybody's. */
let owner: { id: string; isConfirmed: boolean } | undefined
let onOther = () => {}

/**
 * Says whose writes are sent from now on.
 * @param other called when the cookie turns out to be somebody else's; nothing has been sent then.
 */
export function sendFor(id: string | undefined, other: () => void = () => {}): void {
  owner = id === undefined ? undefined : { id, isConfirmed: false }
  onOther = other
}

/** The cookie may have changed. */
export function doubtOwner(): void {
  if (owner) owner.isConfirmed = false
}

/** Before writes are sent: whether the cookie is of the person who wrote them. */
async function guardedFetch(input: string, init: RequestInit): Promise<Response> {
  const asked = owner
  if (asked && !asked.isConfirmed && init.method === 'POST' && input === '/sync') {
    const answer = await fetch('/me', { credentials: 'same-origin', signal: init.signal ?? null })
    if (answer.ok) {
      const { id } = (await answer.json()) as { id: string }
      if (id !== asked.id) {
        onOther()
        throw new Error('somebody else is signed in')
      }
      asked.isConfirmed = true
    }
  }
  return fetch(input, init)
}

export const client = createClient({
  session: 'cookie',
  onSignedOut: () => {
    expired.value = true
  },
  environment: { fetch: guardedFetch },
})
