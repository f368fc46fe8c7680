import { useSignal } from '@preact/signals'
import { CloudOff, Plus, Sprout } from 'lucide'
import { useEffect } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { NewSequence, SequenceList } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { filled, practices, sequences, sync } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { fullDay } from '../../format.ts'
import { app, yoga as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { publishedSequences } from './library.ts'
import { SequenceCard } from './sequence-card.tsx'
import { Tabs } from './tabs.tsx'
import { templates } from './templates.ts'
import { isInstructor } from './yoga.tsx'

export function Sequences({ published }: { published: boolean }) {
  return published ? <Published key="published" /> : <Mine key="mine" />
}

function Mine() {
  const { route } = useLocation()
  const busy = useSignal(false)
  const all = sequences.value.map(({ value }) => value).sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1))
  const [current, archived] = [all.filter(it => !it.archived), all.filter(it => it.archived)]
  const create = async (sequence: NewSequence) => {
    busy.value = true
    try {
      const { id } = await client.sequences.create(sequence)
      await sync()
      route(`/app/yoga/sequences/${id}/edit`)
    } catch (error) {
      toast(sentenceOf(error))
    }
    busy.value = false
  }
  return (
    <Page
      title={texts.title}
      actions={
        isInstructor() && (
          <Button look="primary" icon={Plus} busy={busy.value} onClick={() => create({ title: texts.untitled })}>
            {texts.newSequence}
          </Button>
        )
      }
    >
      <Tabs here="/app/yoga" />
      {all.length === 0 && !filled.value && <Skeleton />}
      {current.length > 0 && (
        <ul class="yoga-cards">
          {current.map(sequence => (
            <SequenceCard key={sequence.id} sequence={sequence} />
          ))}
        </ul>
      )}
      {all.length === 0 && filled.value && (
        <EmptyState icon={Sprout} title={texts.noneMine}>
          <p>{isInstructor() ? texts.noneMineBuild : texts.noneMineCopy}</p>
          {!isInstructor() && <a href="/app/yoga/published">{texts.toPublished}</a>}
        </EmptyState>
      )}
      {isInstructor() && (
        <section class="yoga-section" aria-labelledby="yoga-templates">
          <h2 id="yoga-templates">{texts.templates.title}</h2>
          <ul class="yoga-templates">
            {templates.map(template => (
              <li key={template.title}>
                <button type="button" class="yoga-template" onClick={() => create(template)}>
                  <span class="yoga-card-title">{template.title}</span>
                  <span class="yoga-card-more">{template.description}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {practices.value.length > 0 && <Practised />}
      {archived.length > 0 && (
        <details class="yoga-fold">
          <summary>{texts.archived}</summary>
          <ul class="yoga-cards">
            {archived.map(sequence => (
              <SequenceCard key={sequence.id} sequence={sequence} />
            ))}
          </ul>
        </details>
      )}
    </Page>
  )
}

/** What was practised lately. */
function Practised() {
  const latest = practices.value.map(({ value }) => value).sort((a, b) => (a.date < b.date ? 1 : -1))
  return (
    <section class="yoga-section" aria-labelledby="yoga-practised">
      <h2 id="yoga-practised">{texts.practised}</h2>
      <ul class="yoga-practices">
        {latest.slice(0, 5).map(({ id, date, title, note }) => (
          <li key={id}>
            <span>{title || texts.aPractice}</span>
            <time dateTime={date}>{fullDay(date)}</time>
            {note && <p>{note}</p>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Published() {
  const q = useSignal('')
  const page = useSignal(1)
  const found = useSignal<(SequenceList & { isKept?: boolean }) | undefined>(undefined)
  const failure = useSignal<string | undefined>(undefined)
  const tries = useSignal(0)
  const [words, number] = [q.value, page.value]
  useEffect(() => {
    let isCurrent = true
    const ask = async () => {
      try {
        const answer = await publishedSequences({ page: number, ...(words.trim() && { q: words.trim() }) })
        if (!isCurrent) return
        const before = number > 1 ? (found.peek()?.sequences ?? []) : []
        found.value = { ...answer, sequences: [...before, ...answer.sequences] }
        failure.value = undefined
      } catch (error) {
        if (isCurrent) failure.value = sentenceOf(error)
      }
    }
    const timer = setTimeout(() => void ask(), words === '' ? 0 : 250)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [words, number, tries.value])
  const list = found.value
  return (
    <Page title={texts.title}>
      <Tabs here="/app/yoga/published" />
      <Field
        label={texts.searchPublished}
        labelHidden
        type="search"
        placeholder={texts.searchPublished}
        value={words}
        onInput={event => {
          q.value = event.currentTarget.value
          page.value = 1
        }}
      />
      {list?.isKept && <Notice icon={CloudOff}>{texts.asLastSeen}</Notice>}
      {failure.value && (
        <Notice tone="warn" action={<Button onClick={() => tries.value++}>{app.retry}</Button>}>
          {failure.value}
        </Notice>
      )}
      {!list && !failure.value && <Skeleton />}
      {list && list.sequences.length === 0 && (
        <EmptyState icon={Sprout} title={words ? texts.noneFound : texts.nonePublished}>
          <p>{words ? texts.noneFoundWhy : texts.nonePublishedWhy}</p>
        </EmptyState>
      )}
      {list && list.sequences.length > 0 && (
        <ul class="yoga-cards">
          {list.sequences.map(sequence => (
            <SequenceCard key={sequence.id} sequence={sequence} />
          ))}
        </ul>
      )}
      {list && list.sequences.length < list.total && !list.isKept && (
        <Button look="plain" onClick={() => page.value++}>
          {texts.more}
        </Button>
      )}
    </Page>
  )
}
