import './yoga.css'
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { online } from '../../device.ts'
import { session, who } from '../../session.ts'
import { yoga as texts } from '../../texts.ts'
import { NotLoaded } from '../../ui/failed.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { loadPoses } from './library.ts'
import { Poses } from './poses.tsx'
import { SequenceView } from './sequence-view.tsx'
import { Sequences } from './sequences.tsx'

type Part = ComponentType<{ id: string }>
/** What only some need comes when they do. */
const parts = {
  edit: () => import('./builder/builder.tsx').then(({ Builder }) => Builder),
  class: () => import('./class/class-mode.tsx').then(({ ClassMode }) => ClassMode),
}

/** Whether the person builds sequences; others practise them. */
export const isInstructor = (): boolean => who.value?.role !== undefined && who.value.role !== 'member'

export default function Yoga() {
  const { path } = useLocation()
  const [, , , first, id, part] = path.split('/')
  useEffect(() => {
    if (session.value === 'in') void loadPoses()
  }, [online.value])
  if (first === 'poses') return <Poses />
  if (first !== 'sequences' || !id) return <Sequences published={first === 'published'} />
  if (part === 'class') return <Later key={path} of="class" id={id} />
  if (part === 'edit' && isInstructor()) return <Later key={path} of="edit" id={id} />
  return <SequenceView key={id} id={id} />
}

function Later({ of, id }: { of: keyof typeof parts; id: string }) {
  const [Loaded, setLoaded] = useState<{ part: Part }>()
  const [isMissing, setMissing] = useState(false)
  const load = () =>
    parts[of]().then(
      part => {
        setLoaded({ part })
        return true
      },
      () => {
        setMissing(true)
        return false
      },
    )
  useEffect(() => void load(), [of])
  if (Loaded) return <Loaded.part id={id} />
  if (isMissing) return <NotLoaded load={load} />
  return (
    <Page title={texts.title} titleHidden>
      <Skeleton />
    </Page>
  )
}
