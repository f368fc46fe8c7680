import { signal } from '@preact/signals'
import { createClient } from '../../client/src/client.ts'

/** The client of the server that this page came from, signed in by the browser's cookie. */

/** Whether the server wants the password again. What is on the device stays, and can be read and written. */
export const expired = signal(false)

export const client = createClient({
  session: 'cookie',
  onSignedOut: () => {
    expired.value = true
  },
})
