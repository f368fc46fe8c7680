import { CloudOff, RefreshCw, ShieldAlert, TriangleAlert } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import type { ApiProblem } from '../../../client/src/problem.ts'
import { expired } from '../client.ts'
import { now } from '../clock.ts'
import { hasNetwork, isNotTaken, isWaiting, online, trouble, unsent, unsentSince } from '../device.ts'
import { ended, sentence } from '../format.ts'
import { isLasting, shelf } from '../kept.ts'
import { app } from '../texts.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { isTyping, lookForUpdate, update, updateReady } from '../updates.ts'
import { PasswordAgain } from './password-again.tsx'
import { ProviderError } from './provider-error.tsx'

const dayMs = 86_400_000

/** What concerns all screens: above them. */
export function Notices() {
  const waiting = isWaiting.value ? app.unsent(unsent.value) : undefined
  return (
    <div class="notices" aria-live="polite">
      <ProviderError />
      {expired.value && <PasswordAgain />}
      {!online.value && (
        <Notice icon={CloudOff}>
          {hasNetwork.value ? app.unreachable : app.offline} {waiting && `${waiting}.`}
        </Notice>
      )}
      {isWaiting.value && now.value - (unsentSince.value ?? now.value) > dayMs && (
        <Notice tone="warn" icon={TriangleAlert}>
          {app.dayUnsent}
        </Notice>
      )}
      {updateReady.value && (
        <Notice
          icon={RefreshCw}
          action={
            <Button look="plain" onClick={() => (isTyping() ? toast(app.saveFirst) : update())}>
              {app.update}
            </Button>
          }
        >
          {app.newVersion}
        </Notice>
      )}
      {!isLasting && (
        <Notice tone="warn" icon={TriangleAlert}>
          {app.notKept}
        </Notice>
      )}
      {!window.isSecureContext && <PlainHttp />}
      {online.value && (trouble.value || isNotTaken.value) && <Refused problem={trouble.value} waiting={waiting} />}
    </div>
  )
}

/** What is wrong with the whole exchange. A server that does not know it is older or newer than the app, or is another one. */
function Refused({ problem, waiting }: { problem: ApiProblem | undefined; waiting: string | undefined }) {
  const isOtherVersion = !problem || [404, 405, 410].includes(problem.status)
  useEffect(() => {
    if (isOtherVersion) lookForUpdate()
  }, [isOtherVersion])
  return (
    <Notice tone="warn" icon={TriangleAlert}>
      {isOtherVersion ? app.otherVersion : ended(sentence(problem.message))} {waiting && `${waiting}.`}
    </Notice>
  )
}

const said = shelf('device')

/** Said once on a device: no service worker, no installing and no push without https. */
function PlainHttp() {
  const [isShown, show] = useState(false)
  useEffect(() => {
    void said.get('plain-http').then(before => show(before !== true))
  }, [])
  if (!isShown) return null
  const hide = () => {
    show(false)
    void said.put('plain-http', true)
  }
  return (
    <Notice
      icon={ShieldAlert}
      action={
        <Button look="plain" onClick={hide}>
          {app.understood}
        </Button>
      }
    >
      {app.plainHttp}
    </Notice>
  )
}
