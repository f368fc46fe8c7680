import { Trash2 } from 'lucide'
import { editing as texts } from '../texts.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'

/** In a form whose thing was deleted while somebody typed: what can be done, in the place of saving. */
export function DeletedMeanwhile({ onDiscard }: { onDiscard: () => void }) {
  return (
    <div class="deleted-meanwhile" role="alert">
      <Notice tone="warn" icon={Trash2}>
        {texts.deleted}
      </Notice>
      <div class="decision-actions">
        <Button onClick={onDiscard}>{texts.discard}</Button>
        <Button look="primary" type="submit">
          {texts.bringBack}
        </Button>
      </div>
    </div>
  )
}
