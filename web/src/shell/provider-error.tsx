import { signal } from '@preact/signals'
import { TriangleAlert } from 'lucide'
import { useEffect } from 'preact/hooks'
import { app, providerErrors, providerFailed } from '../texts.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

/** Signing in with a provider, or linking one, that failed: the server leads back to the app with `?error=<code>`. */

const failure = signal<string | undefined>()

/** Takes the error out of the address, before the app reads it: reloading does not say it again. */
export function takeProviderError(): void {
  const address = new URL(location.href)
  const code = address.searchParams.get('error')
  if (code === null) return
  address.searchParams.delete('error')
  history.replaceState(history.state, '', address)
  failure.value = Object.hasOwn(providerErrors, code) ? providerErrors[code] : providerFailed
}

const forget = () => {
  failure.value = undefined
}

/** Says it until it is understood, or somebody has signed in another way. */
export function ProviderError() {
  useEffect(() => forget, [])
  if (failure.value === undefined) return null
  return (
    <Notice
      tone="warn"
      icon={TriangleAlert}
      action={
        <Button look="plain" onClick={forget}>
          {app.understood}
        </Button>
      }
    >
      {failure.value}
    </Notice>
  )
}
