import { CloudOff } from 'lucide'
import { online, unsent } from '../device.ts'
import { app } from '../texts.ts'
import { Notice } from '../ui/notice.tsx'

/** What concerns all screens: above them. */
export function Notices(_: { expired: boolean }) {
  if (online.value) return null
  return (
    <div class="notices">
      <Notice icon={CloudOff}>
        {app.offline} {unsent.value > 0 && app.unsent(unsent.value)}
      </Notice>
    </div>
  )
}
