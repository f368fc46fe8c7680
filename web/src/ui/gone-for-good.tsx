import type { RejectedWrite } from '../../../client/src/sync/own-things.ts'
import { conflicts, rejected, write } from '../device.ts'
import { goneForGood as texts } from '../texts.ts'
import { Button } from './button.tsx'
import { Decision, VersionList } from './decision.tsx'
import { toast } from './toast.tsx'

interface Props {
  gone: RejectedWrite
  /** What it is called. */
  name: string
  /** What was typed about it, if anything. */
  text: string | null | undefined
}

/** Something that was to be brought back or edited, and that another device has deleted for good. */
export function GoneForGood({ gone: { opId, id, kind }, name, text }: Props) {
  const isTask = kind === 'task'
  const letGo = () =>
    write(async engine => {
      for (const one of engine.rejected()) if (one.id === id && one.isGone) await engine.discard(one.opId)
      if (engine.conflicts().some(question => question.id === id)) await engine.resolve(id, 'theirs')
    })
  const keep = async () => {
    await write(engine => engine.recreate(opId))
    toast(isTask ? texts.added : texts.logged)
  }
  return (
    <Decision
      title={texts.title(name)}
      actions={
        <>
          <Button onClick={letGo}>{texts.letGo}</Button>
          <Button look="primary" onClick={keep}>
            {isTask ? texts.addAnew : texts.logAnew}
          </Button>
        </>
      }
    >
      <p>{isTask ? texts.whyTask : texts.why}</p>
      {text && <VersionList versions={[[texts.written, text]]} />}
    </Decision>
  )
}

/** What the person has to decide about things of a kind: each thing that is gone for good once, and not a second time. */
export function toDecide(kind: RejectedWrite['kind']) {
  const refused = rejected.value.filter(one => one.kind === kind)
  const gone = [...new Map(refused.flatMap(one => (one.isGone ? [[one.id, one] as const] : []))).values()]
  const isGone = (id: string) => gone.some(one => one.id === id)
  return {
    gone,
    met: conflicts.value.filter(one => one.kind === kind && !isGone(one.id)),
    refused: refused.filter(({ id }) => !isGone(id)),
  }
}

/** The text of a field as it was typed here, where the server has not taken it. */
export function writtenText(id: string, field: string): string | null | undefined {
  const asked = conflicts.value.find(question => question.id === id)?.fields[field]
  const written = rejected.value.find(one => one.id === id && field in one.value)?.value[field]
  return (asked?.mine ?? written) as string | null | undefined
}
