import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { NewPose, Pose } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { sentenceOf } from '../../failures.ts'
import { app, yoga as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { loadPoses } from './library.ts'
import { Select } from './pose-filters.tsx'

type Kind = Pose['categories'][number]

/** A pose of one's own: new, or changed. */
export function PoseForm({ pose, onClose }: { pose?: Pose; onClose: () => void }) {
  const form = useId()
  const failure = useSignal<string | undefined>(undefined)
  const busy = useSignal(false)
  const level = useSignal<string>(pose?.level ?? 'beginner')
  const kinds = useSignal<readonly Kind[]>(pose?.categories ?? [])
  const act = async (work: () => Promise<unknown>) => {
    busy.value = true
    try {
      await work()
      await loadPoses()
      onClose()
    } catch (error) {
      failure.value = sentenceOf(error)
    }
    busy.value = false
  }
  const save = (event: SubmitEvent) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(data.get(name)).trim()
    const body: NewPose = {
      name: text('name'),
      sanskrit_name: text('sanskrit') || null,
      level: level.value as Pose['level'],
      categories: [...kinds.value],
      two_sided: data.has('sides'),
      hold_seconds: Number(text('seconds')) || null,
      benefits: text('benefits') || null,
      cautions: text('cautions') || null,
    }
    return act(() => (pose ? client.poses.update(pose.id, body) : client.poses.create(body)))
  }
  return (
    <Dialog
      title={pose ? texts.editPose : texts.newPose}
      onClose={onClose}
      actions={
        <>
          {pose && (
            <Button look="danger" onClick={() => act(() => client.poses.delete(pose.id))}>
              {app.delete}
            </Button>
          )}
          <Button onClick={onClose}>{app.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy.value}>
            {app.save}
          </Button>
        </>
      }
    >
      <form id={form} class="yoga-form" onSubmit={save}>
        {failure.value && <Notice tone="danger">{failure.value}</Notice>}
        <Field label={texts.name} name="name" required maxLength={100} defaultValue={pose?.name} />
        <Field label={texts.sanskritName} name="sanskrit" maxLength={100} defaultValue={pose?.sanskrit_name ?? ''} />
        <div class="yoga-form-row">
          <Field
            label={texts.holdSeconds}
            name="seconds"
            type="number"
            inputMode="numeric"
            min={1}
            max={3600}
            required
            defaultValue={pose?.hold_seconds ?? 30}
          />
          <div class="field">
            <span class="yoga-label">{texts.level}</span>
            <Select
              class="input"
              label={texts.level}
              value={level.value}
              options={texts.levels}
              onChange={value => {
                level.value = value
              }}
            />
          </div>
        </div>
        <label class="yoga-check">
          <input type="checkbox" name="sides" defaultChecked={pose?.two_sided ?? false} /> {texts.hasTwoSides}
        </label>
        <fieldset class="yoga-kinds">
          <legend>{texts.kind}</legend>
          {(Object.keys(texts.kinds) as Kind[]).map(kind => (
            <button
              key={kind}
              type="button"
              class="chip"
              aria-pressed={kinds.value.includes(kind)}
              onClick={() => {
                kinds.value = kinds.value.includes(kind)
                  ? kinds.value.filter(one => one !== kind)
                  : [...kinds.value, kind]
              }}
            >
              {texts.kinds[kind]}
            </button>
          ))}
        </fieldset>
        <TextArea
          label={texts.benefits}
          name="benefits"
          maxLength={1000}
          rows={2}
          defaultValue={pose?.benefits ?? ''}
        />
        <TextArea label={texts.careful} name="cautions" maxLength={1000} rows={2} defaultValue={pose?.cautions ?? ''} />
      </form>
    </Dialog>
  )
}
