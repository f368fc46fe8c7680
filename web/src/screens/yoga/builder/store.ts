import { batch, computed, effect, signal } from '@preact/signals'
import { ApiProblem } from '../../../../../client/src/problem.ts'
import type { Sequence, SequenceCheck } from '../../../../../client/src/wire.ts'
import { client } from '../../../client.ts'
import { online, ownShelf, sequences, sync } from '../../../device.ts'
import { isUnreached, passOver, sentenceOf } from '../../../failures.ts'
import { yoga as texts } from '../../../texts.ts'
import { type Draft, detailsOf, draftOf, isSame, sentItems } from './draft.ts'
import { changed, historyOf, redone, undone } from './history.ts'

/** Saved this long after the last change, ms. */
const restMs = 1_200
/** What is not saved yet, on the device: it survives a closed tab. */
const draftName = (id: string) => `yoga/draft/${id}`
interface KeptDraft {
  base: Sequence
  draft: Draft
}

export type SaveState = 'saved' | 'dirty' | 'saving' | 'offline' | 'conflict' | 'failed'

/**
 * A sequence that is being built: what is on the screen, what the server had last, and what becomes of both. It saves by
 * itself with the revision that it began with; when another device was faster, both versions are there to choose from.
 */
export async function openBuilder(id: string, opened: Sequence) {
  const kept = await ownShelf()?.get<KeptDraft>(draftName(id))
  const base = signal(kept?.base ?? opened)
  const history = signal(historyOf(kept?.draft ?? draftOf(opened)))
  const state = signal<SaveState>(kept ? 'dirty' : 'saved')
  const failure = signal<string | undefined>()
  /** What the other device saved; null where it deleted the sequence. */
  const theirs = signal<Sequence | null | undefined>()
  const check = signal<SequenceCheck | undefined>()
  const minutes = signal<number | undefined>()
  const draft = computed(() => history.value.present)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  const isUnsaved = () => !isSame(draft.peek(), draftOf(base.peek()))

  function touched(): void {
    clearTimeout(timer)
    if (state.peek() === 'conflict') return
    state.value = isUnsaved() ? 'dirty' : 'saved'
    const kept: KeptDraft = { base: base.peek(), draft: draft.peek() }
    void (isUnsaved() ? ownShelf()?.put(draftName(id), kept) : ownShelf()?.delete(draftName(id)))
    timer = setTimeout(() => void save(), restMs)
  }

  /** Sends what differs; one after the other, as two at once would meet each other as a conflict. */
  async function save(): Promise<void> {
    clearTimeout(timer)
    while (running !== undefined) await running
    if (state.peek() === 'conflict' || !isUnsaved()) return
    running = send().finally(() => {
      running = undefined
    })
    await running
  }

  async function send(): Promise<void> {
    const mine = draft.peek()
    const before = draftOf(base.peek())
    state.value = 'saving'
    try {
      const ifMatch = () => ({ ifMatch: `"${base.peek().revision}-"` })
      if (JSON.stringify(sentItems(mine)) !== JSON.stringify(sentItems(before)))
        base.value = await client.sequences.setPoses(id, { poses: sentItems(mine) }, ifMatch())
      if (JSON.stringify(detailsOf(mine)) !== JSON.stringify(detailsOf(before)))
        base.value = await client.sequences.update(id, detailsOf(mine), ifMatch())
      // What the server tidied, such as spaces around a tag, is no change of the person.
      const isCurrent = draft.peek() === mine
      state.value = isCurrent ? 'saved' : 'dirty'
      failure.value = undefined
      if (isCurrent) await ownShelf()?.delete(draftName(id))
      void sync()
      void renewCheck()
    } catch (error) {
      await notSaved(error)
    }
    if (state.peek() === 'dirty') touched()
  }

  async function notSaved(error: unknown): Promise<void> {
    if (isUnreached(error)) {
      state.value = 'offline'
      return
    }
    const code = error instanceof ApiProblem ? error.code : undefined
    if (code !== 'stale_version' && code !== 'not_found') {
      batch(() => {
        state.value = 'failed'
        failure.value = sentenceOf(error)
      })
      return
    }
    const current = await client.sequences.get(id).catch((problem: unknown) => {
      if (problem instanceof ApiProblem && problem.code === 'not_found') return null
      return undefined
    })
    batch(() => {
      theirs.value = current
      state.value = current === undefined ? 'offline' : 'conflict'
    })
  }

  async function renewCheck(): Promise<void> {
    try {
      check.value = await client.sequences.check(
        id,
        minutes.peek() === undefined ? {} : { minutes: minutes.peek() as number },
      )
    } catch (error) {
      passOver(error)
    }
  }

  /** Begins anew with what the server has. */
  function adopt(sequence: Sequence): void {
    batch(() => {
      base.value = sequence
      history.value = historyOf(draftOf(sequence))
      theirs.value = undefined
      state.value = 'saved'
      failure.value = undefined
    })
    void ownShelf()?.delete(draftName(id))
    void renewCheck()
  }

  const endings = [
    // What another device saved while nothing is unsaved here.
    effect(() => {
      const known = sequences.value.find(thing => thing.id === id)?.value
      if (known && known.revision > base.peek().revision && state.peek() === 'saved' && !running) adopt(known)
    }),
    effect(() => {
      if (online.value && state.peek() === 'offline') void save()
    }),
  ]
  if (kept) touched()
  void renewCheck()

  return {
    id,
    base,
    draft,
    history,
    state,
    failure,
    theirs,
    check,
    minutes,
    /** @param about joins changes of the same thing into one step of undo. */
    change(make: (draft: Draft) => Draft, about?: string): void {
      history.value = changed(history.peek(), make(draft.peek()), about)
      touched()
    },
    undo(): boolean {
      const before = history.peek()
      if (before.past.length === 0) return false
      history.value = undone(before)
      touched()
      return true
    },
    redo(): boolean {
      const before = history.peek()
      if (before.future.length === 0) return false
      history.value = redone(before)
      touched()
      return true
    },
    save,
    setMinutes(value: number | undefined): void {
      minutes.value = value
      void renewCheck()
    },
    /** Overwrites what the other device saved, as the person wants it. */
    async keepMine(): Promise<void> {
      const other = theirs.peek()
      if (!other) return
      batch(() => {
        base.value = other
        theirs.value = undefined
        state.value = 'dirty'
      })
      await save()
    },
    keepTheirs(): void {
      const other = theirs.peek()
      if (other) adopt(other)
    },
    /** @returns the id of the copy that has what was on the screen. */
    async keepBoth(): Promise<string | undefined> {
      const mine = draft.peek()
      try {
        const title = theirs.peek() === null ? mine.title : texts.build.copyTitle(mine.title)
        const copy = await client.sequences.create({ ...detailsOf(mine), title, poses: sentItems(mine) })
        await ownShelf()?.delete(draftName(id))
        await sync()
        return copy.id
      } catch (error) {
        failure.value = sentenceOf(error)
        return undefined
      }
    },
    close(): void {
      for (const end of endings) end()
      void save()
    },
  }
}
export type BuilderStore = Awaited<ReturnType<typeof openBuilder>>
