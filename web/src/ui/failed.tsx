import { CloudOff, type IconNode } from 'lucide'
import { useState } from 'preact/hooks'
import { app } from '../texts.ts'
import { Button } from './button.tsx'
import { EmptyState } from './empty-state.tsx'
import { Page } from './page.tsx'

/** What stands where a screen should: why it is not there, trying again, and a fresh page as the last resort. */
export function Failed({
  icon,
  title,
  why,
  retry,
  busy,
}: {
  icon: IconNode
  title: string
  why: string
  retry: () => unknown
  busy?: boolean
}) {
  return (
    <Page title={title} titleHidden>
      <EmptyState icon={icon} title={title}>
        <p role="alert">{why}</p>
        <div class="failed-actions">
          <Button look="primary" busy={busy === true} onClick={retry}>
            {app.retry}
          </Button>
          <Button onClick={() => location.reload()}>{app.update}</Button>
        </div>
      </EmptyState>
    </Page>
  )
}

/**
 * What did not arrive.
 * @param load tries again, and says whether it has arrived.
 */
export function NotLoaded({ load }: { load: () => Promise<boolean> }) {
  const [isTrying, setTrying] = useState(false)
  const retry = async () => {
    setTrying(true)
    // Browsers remember a module that failed: only a fresh page asks for it again. Without a network there is none.
    if (!(await load()) && (await isReachable())) location.reload()
    setTrying(false)
  }
  return <Failed icon={CloudOff} title={app.failed} why={app.failedWhy} retry={retry} busy={isTrying} />
}

const isReachable = () =>
  fetch('/app/', { method: 'HEAD', cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  )
