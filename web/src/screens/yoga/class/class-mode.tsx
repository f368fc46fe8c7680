import './class.css'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { Sequence } from '../../../../../client/src/wire.ts'
import { sentenceOf } from '../../../failures.ts'
import { yoga as texts } from '../../../texts.ts'
import { Page } from '../../../ui/page.tsx'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { toast } from '../../../ui/toast.tsx'
import { openSequence, sequenceAtHand } from '../library.ts'
import { Stage } from './stage.tsx'

/** Full screen, one pose after the other; at the end the practice is logged. */
export function ClassMode({ id }: { id: string }) {
  const { route } = useLocation()
  const sequence = useSignal<Sequence | undefined>(sequenceAtHand(id))
  const dialog = useRef<HTMLDialogElement>(null)
  const leave = () => route(`/app/yoga/sequences/${id}`)
  useEffect(() => {
    dialog.current?.showModal()
    openSequence(id).then(
      found => {
        // What changes on another device does not change a class that has begun.
        sequence.value ??= found
      },
      error => {
        toast(sentenceOf(error))
        leave()
      },
    )
  }, [id])
  const title = sequence.value?.title ?? texts.title
  return (
    <Page title={title} titleHidden>
      <dialog
        ref={dialog}
        class="yoga-class"
        aria-label={title}
        onCancel={event => event.preventDefault()}
        // Browsers close it at a second Escape whatever a page says.
        onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
      >
        {sequence.value ? <Stage sequence={sequence.value} onLeave={leave} /> : <Skeleton />}
      </dialog>
    </Page>
  )
}
