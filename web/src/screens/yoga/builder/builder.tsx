import './builder.css'
import { useSignal } from '@preact/signals'
import { BookOpen, Play, Plus, Redo2, Undo2 } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { Pose } from '../../../../../client/src/wire.ts'
import { sync } from '../../../device.ts'
import { sentenceOf } from '../../../failures.ts'
import { yoga as texts } from '../../../texts.ts'
import { useAfterRender } from '../../../ui/after-render.ts'
import { Button } from '../../../ui/button.tsx'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { Notice } from '../../../ui/notice.tsx'
import { Page } from '../../../ui/page.tsx'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { onClock, startsOf, totalSeconds } from '../duration.ts'
import { findPose, openSequence } from '../library.ts'
import { CataloguePanel } from './catalogue-panel.tsx'
import { CheckPanel } from './check-panel.tsx'
import { Conflict } from './conflict.tsx'
import { DetailsForm } from './details-form.tsx'
import * as drafts from './draft.ts'
import { ItemRow } from './item-row.tsx'
import { SectionList } from './section-list.tsx'
import { type BuilderStore, openBuilder } from './store.ts'

const { build } = texts

export function Builder({ id }: { id: string }) {
  const [store, setStore] = useState<BuilderStore>()
  const [failure, setFailure] = useState<string>()
  useEffect(() => {
    let isGone = false
    let opened: BuilderStore | undefined
    const open = async () => {
      try {
        opened = await openBuilder(id, await openSequence(id))
      } catch (error) {
        setFailure(sentenceOf(error))
        return
      }
      if (isGone) opened.close()
      else setStore(opened)
    }
    void open()
    return () => {
      isGone = true
      opened?.close()
    }
  }, [id])
  if (store) return <Building store={store} />
  return (
    <Page title={texts.title} titleHidden>
      {failure === undefined ? <Skeleton /> : <EmptyState title={failure} />}
    </Page>
  )
}

function Building({ store }: { store: BuilderStore }) {
  const { route } = useLocation()
  const current = useSignal(0)
  const open = useSignal<string | undefined>(undefined)
  const isPicking = useSignal(false)
  const said = useSignal('')
  const afterRender = useAfterRender()
  const draft = store.draft.value
  const items = drafts.itemsOf(draft)
  const starts = new Map(startsOf(items).map((start, i) => [items[i]?.key, start]))
  const positions = new Map(items.map(({ key }, i) => [key, i + 1]))
  const found = new Set(store.check.value?.findings.flatMap(finding => finding.positions))
  const currentSection = Math.min(current.value, Math.max(0, draft.sections.length - 1))
  const nameOf = (section: number) => store.draft.value.sections[section]?.name || build.noSection
  const sections = Object.fromEntries(draft.sections.map((_, i) => [String(i), nameOf(i)]))

  const sayWhere = (key: string) => {
    const at = drafts.placeOf(store.draft.value, key)
    const list = at && store.draft.value.sections[at.section]?.items
    const item = list?.[at?.index ?? 0]
    if (at && list && item) said.value = build.isAt(item.name, at.index + 1, list.length, nameOf(at.section))
  }
  const move = (key: string, make: (before: drafts.Draft) => drafts.Draft, focus?: string) => {
    store.change(make)
    sayWhere(key)
    if (focus) afterRender(() => element(key)?.querySelector<HTMLElement>(focus)?.focus())
  }
  const add = (pose: Pose, to: drafts.Place) => {
    if (items.length >= drafts.maxItems) {
      said.value = build.full
      return
    }
    store.change(before => drafts.added(before, drafts.itemFrom(pose), to))
    said.value = build.isAdded(pose.name, nameOf(to.section))
  }
  const remove = (item: drafts.DraftItem) => {
    const row = element(item.key)
    const neighbour = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector<HTMLElement>('.yoga-grip')
    open.value = undefined
    store.change(before => drafts.removed(before, item.key))
    said.value = build.isRemoved(item.name)
    neighbour?.focus()
  }
  const undo = () => {
    if (store.undo()) said.value = build.isUndone
  }
  const redo = () => {
    if (store.redo()) said.value = build.isRedone
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches('input, textarea')
      if (isTyping || !(event.ctrlKey || event.metaKey) || event.altKey) return
      const key = event.key.toLowerCase()
      if (key !== 'z' && key !== 'y') return
      event.preventDefault()
      if (key === 'y' || event.shiftKey) redo()
      else undo()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [store])
  const show = (position: number) => {
    const key = items[position - 1]?.key
    if (key === undefined) return
    open.value = key
    afterRender(() => {
      element(key)?.scrollIntoView({ block: 'center' })
      element(key)?.querySelector<HTMLElement>('.yoga-unfold')?.focus()
    })
  }
  const done = async (to: string) => {
    await store.save()
    // What shows it next has its revision then: publishing it would be refused as if somebody else had changed it.
    if (store.state.peek() === 'saved') await sync()
    route(`/app/yoga/sequences/${store.id}${to}`)
  }
  const { past, future } = store.history.value

  return (
    <Page title={draft.title || texts.untitled} titleHidden wide>
      <div class="yoga-builder" data-picking={isPicking.value || undefined}>
        <div class="yoga-builder-main">
          <header class="yoga-bar">
            <span class="yoga-total">
              <b class="number">{onClock(totalSeconds(items))}</b>
              <span class="yoga-facts">
                <span>{texts.poseCount(items.length)}</span>
                <span role="status" data-state={store.state.value}>
                  {build.states[store.state.value]}
                </span>
              </span>
            </span>
            <Button look="plain" icon={Undo2} iconOnly disabled={past.length === 0} onClick={undo}>
              {build.undo}
            </Button>
            <Button look="plain" icon={Redo2} iconOnly disabled={future.length === 0} onClick={redo}>
              {build.redo}
            </Button>
            <Button class="yoga-try" icon={Play} iconOnly disabled={items.length === 0} onClick={() => done('/class')}>
              {texts.practise}
            </Button>
            <Button look="primary" onClick={() => done('')}>
              {build.done}
            </Button>
          </header>
          <Conflict store={store} />
          {store.failure.value && (
            <Notice tone="danger" action={<Button onClick={() => store.save()}>{build.retry}</Button>}>
              {store.failure.value}
            </Notice>
          )}
          <input
            class="yoga-title"
            aria-label={build.title}
            value={draft.title}
            maxLength={200}
            placeholder={texts.untitled}
            onInput={event => {
              const title = event.currentTarget.value
              if (title.trim()) store.change(before => ({ ...before, title }), 'title')
            }}
          />
          <DetailsForm store={store} />
          <datalist id="yoga-section-names">
            {build.sectionNames.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
          {draft.sections.map((section, index) => (
            <SectionList
              key={section.key}
              section={section}
              index={index}
              isFirst={index === 0}
              isLast={index === draft.sections.length - 1}
              isCurrent={index === currentSection && draft.sections.length > 1}
              onCurrent={() => {
                current.value = index
              }}
              onRename={name => store.change(before => drafts.renamed(before, section.key, name), section.key)}
              onNudge={by => store.change(before => drafts.sectionNudged(before, section.key, by))}
              onRemove={() => store.change(before => drafts.withoutSection(before, section.key))}
              onMoveItem={(key, to) => move(key, before => drafts.moved(before, key, to))}
              onAddPose={(pose, to) => {
                const known = findPose(pose)
                if (known) add(known, to)
              }}
            >
              {section.items.map(item => (
                <ItemRow
                  key={item.key}
                  item={item}
                  start={starts.get(item.key) ?? 0}
                  isOpen={open.value === item.key}
                  isFound={found.has(positions.get(item.key) ?? 0)}
                  sections={sections}
                  section={index}
                  onOpen={() => {
                    open.value = open.value === item.key ? undefined : item.key
                  }}
                  onNudge={by => {
                    const focused = document.activeElement
                    const isGrip = focused?.classList.contains('yoga-grip') ?? false
                    move(item.key, before => drafts.nudged(before, item.key, by), isGrip ? '.yoga-grip' : undefined)
                  }}
                  onSection={to =>
                    move(
                      item.key,
                      before =>
                        drafts.moved(before, item.key, { section: to, index: before.sections[to]?.items.length ?? 0 }),
                      '.yoga-select',
                    )
                  }
                  onChange={(changes, about) => store.change(before => drafts.edited(before, item.key, changes), about)}
                  onDouble={() => store.change(before => drafts.doubled(before, item.key))}
                  onRemove={() => remove(item)}
                />
              ))}
            </SectionList>
          ))}
          <div class="yoga-actions">
            <Button
              icon={Plus}
              onClick={() => {
                const used = new Set(draft.sections.map(({ name }) => name))
                const name = build.sectionNames.find(one => !used.has(one)) ?? build.section
                store.change(before => drafts.withSection(before, name))
                current.value = draft.sections.length
              }}
            >
              {build.addSection}
            </Button>
            <Button
              class="yoga-pick"
              look="primary"
              icon={BookOpen}
              aria-expanded={isPicking.value}
              onClick={() => {
                isPicking.value = !isPicking.value
              }}
            >
              {build.addPoses}
            </Button>
          </div>
          <CheckPanel store={store} onShow={show} />
        </div>
        <CataloguePanel
          section={nameOf(currentSection)}
          onAdd={pose =>
            add(pose, {
              section: currentSection,
              index: store.draft.value.sections[currentSection]?.items.length ?? 0,
            })
          }
          onClose={() => {
            isPicking.value = false
          }}
        />
      </div>
      <p class="visually-hidden" role="status" aria-live="assertive">
        {said.value}
      </p>
    </Page>
  )
}

const element = (key: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-key="${key}"]`)
