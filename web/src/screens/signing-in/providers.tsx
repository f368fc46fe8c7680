import { useEffect, useState } from 'preact/hooks'
import type { ProviderList } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { sentence } from '../../format.ts'
import { signingIn as texts } from '../../texts.ts'

/** Signing in with an account elsewhere, where the server offers it. It leaves the app and comes back to it. */
export function Providers({ invitation = '' }: { invitation?: string }) {
  const [list, setList] = useState<ProviderList['providers']>([])
  useEffect(() => {
    client.account.providers().then(
      ({ providers }) => setList(providers),
      () => {},
    )
  }, [])
  if (list.length === 0) return null
  const query = invitation === '' ? '' : `?invitation=${encodeURIComponent(invitation)}`
  return (
    <div class="signing-in-providers">
      <p class="signing-in-or">{texts.or}</p>
      {list.map(({ name, url }) => (
        <a key={name} class="button button-secondary" href={url + query}>
          {texts.continueWith(sentence(name))}
        </a>
      ))}
    </div>
  )
}
