import './class.css'
import { useSignal } from '@preact/signals'
import { Pause, Play, SkipBack, SkipForward, Volume2, VolumeX, X } from 'lucide'
import { useEffect, useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { Sequence } from '../../../../../client/src/wire.ts'
import { write } from '../../../device.ts'
import { app, yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { TextArea } from '../../../ui/field.tsx'
import { Page } from '../../../ui/page.tsx'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { toast } from '../../../ui/toast.tsx'
import { minutesOf, onClock } from '../duration.ts'
import { isSoundOn, keepSound, openSequence, sentenceOf, sequenceAtHand } from '../library.ts'
import * as clocks from './class-clock.ts'
import { openSound, type Sound } from './sound.ts'
import { stayAwake } from './wake-lock.ts'

const { classMode } = texts

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
        {sequence.value ? <Class sequence={sequence.value} onLeave={leave} /> : <Skeleton />}
      </dialog>
    </Page>
  )
}

const now = () => performance.now()

function Class({ sequence, onLeave }: { sequence: Sequence; onLeave: () => void }) {
  const steps = useRef(clocks.stepsOf(sequence.poses)).current
  const clock = useSignal<clocks.ClassClock | undefined>(undefined)
  const at = useSignal(now())
  const isSound = useSignal(true)
  const asksToEnd = useSignal(false)
  const practice = useSignal<string | undefined>(undefined)
  const isOver = useSignal(false)
  const sound = useRef<Sound>(undefined)
  const heard = useRef({ index: -2, second: 0 })

  useEffect(() => {
    void isSoundOn().then(isOn => {
      isSound.value = isOn
    })
    return () => sound.current?.close()
  }, [])
  const isRunning = clock.value?.since !== undefined
  useEffect(() => {
    if (!isRunning) return undefined
    const timer = setInterval(() => {
      at.value = now()
    }, 200)
    const sleep = stayAwake()
    return () => {
      clearInterval(timer)
      sleep()
    }
  }, [isRunning])

  const moment = clock.value && clocks.momentOf(clock.value, steps, Math.max(at.value, clock.value.since ?? 0))
  const second = moment ? Math.ceil(moment.remainingMs / 1000) : 0
  useEffect(() => {
    if (!moment || heard.current.index === moment.index) {
      if (moment?.isRunning && isSound.value && second <= 3 && second !== heard.current.second) sound.current?.tick()
    } else if (moment.index >= 0 && isSound.value) {
      if (moment.index < steps.length) sound.current?.next()
      else sound.current?.end()
    }
    if (moment) heard.current = { index: moment.index, second }
    if (moment && moment.index >= steps.length) void finish()
  }, [moment?.index, second])

  const finish = async () => {
    if (isOver.peek()) return
    isOver.value = true
    asksToEnd.value = false
    clock.value = clock.peek() && clocks.paused(clock.peek() as clocks.ClassClock, now())
    practice.value = (await write(engine => engine.practices.log(sequence.id))).id
  }
  const change = (make: (clock: clocks.ClassClock) => clocks.ClassClock) => {
    if (!clock.peek()) return
    at.value = now()
    clock.value = make(clock.peek() as clocks.ClassClock)
  }
  const start = () => {
    sound.current = openSound()
    at.value = now()
    clock.value = clocks.started(now())
  }
  const toggle = () => change(it => (it.since === undefined ? clocks.resumed(it, now()) : clocks.paused(it, now())))
  const back = () => change(it => clocks.wentBack(it, steps, now()))
  const skip = () => change(it => clocks.skipped(it, steps, now()))
  const ask = () => {
    if (!clock.peek() || isOver.peek()) return onLeave()
    change(it => clocks.paused(it, now()))
    asksToEnd.value = true
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') return ask()
      if (!clock.peek() || isOver.peek() || asksToEnd.peek()) return
      const isButton = event.target instanceof HTMLButtonElement
      if (event.key === ' ' && !isButton) toggle()
      else if (event.key === 'ArrowLeft') back()
      else if (event.key === 'ArrowRight') skip()
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  const step = moment && steps[Math.max(0, moment.index)]
  const next = moment && steps[moment.index + 1]
  if (isOver.value) return <Over sequence={sequence} practice={practice.value} onLeave={onLeave} />
  return (
    <div class="yoga-stage">
      <header class="yoga-stage-head">
        <Button look="plain" icon={X} iconOnly onClick={ask}>
          {clock.value ? classMode.end : app.close}
        </Button>
        <span class="number">{moment && moment.index >= 0 && classMode.progress(moment.index + 1, steps.length)}</span>
        <Button
          look="plain"
          icon={isSound.value ? Volume2 : VolumeX}
          iconOnly
          aria-pressed={isSound.value}
          onClick={() => {
            isSound.value = !isSound.value
            void keepSound(isSound.value)
          }}
        >
          {classMode.sound}
        </Button>
      </header>

      {asksToEnd.value ? (
        <div class="yoga-stage-middle">
          <h2 class="yoga-now">{classMode.endSure}</h2>
          <div class="yoga-stage-choices">
            <Button
              look="primary"
              onClick={() => {
                asksToEnd.value = false
                toggle()
              }}
            >
              {classMode.goOn}
            </Button>
            <Button onClick={finish}>{classMode.logAnyway}</Button>
            <Button look="plain" onClick={onLeave}>
              {classMode.leave}
            </Button>
          </div>
        </div>
      ) : !moment || !step ? (
        <div class="yoga-stage-middle">
          <h2 class="yoga-now">{sequence.title}</h2>
          <p class="yoga-stage-cue">
            {classMode.readyWhy(texts.minutes(minutesOf(sequence.total_seconds)), texts.poseCount(steps.length))}
          </p>
          <div class="yoga-stage-choices">
            <Button look="primary" icon={Play} disabled={steps.length === 0} onClick={start}>
              {classMode.start}
            </Button>
          </div>
        </div>
      ) : (
        <>
          <div class="yoga-stage-middle">
            <p class="yoga-stage-section">{moment.index < 0 ? classMode.ready : (step.section ?? sequence.title)}</p>
            <Ring moment={moment} step={step} second={second} />
            <div class="yoga-now-block" aria-live="polite" aria-atomic="true">
              <h2 class="yoga-now">{step.name}</h2>
              {step.side && <p class={`yoga-stage-side yoga-stage-${step.side}`}>{classMode.sides[step.side]}</p>}
              <p class="yoga-stage-cue">{step.cue}</p>
              <span class="visually-hidden">{classMode.inSeconds(step.seconds)}</span>
            </div>
          </div>
          <div class="yoga-stage-foot">
            <p class="yoga-next">
              {moment.index < 0 || next ? (
                moment.index >= 0 && (
                  <>
                    <span>{classMode.next}</span> {next?.name}
                    {next?.side && `, ${classMode.sides[next.side].toLocaleLowerCase()}`}
                  </>
                )
              ) : (
                <span>{classMode.last}</span>
              )}
            </p>
            <div class="yoga-controls">
              <Button look="plain" icon={SkipBack} iconOnly onClick={back}>
                {classMode.back}
              </Button>
              <Button look="primary" icon={isRunning ? Pause : Play} iconOnly onClick={toggle}>
                {isRunning ? classMode.pause : classMode.resume}
              </Button>
              <Button look="plain" icon={SkipForward} iconOnly onClick={skip}>
                {classMode.skip}
              </Button>
            </div>
          </div>
        </>
      )}
    </div>
  )
}

const radius = 46

/** What is left of the pose. */
function Ring({ moment, step, second }: { moment: clocks.Moment; step: clocks.Step; second: number }) {
  const whole = moment.index < 0 ? clocks.readyMs : step.seconds * 1000
  const share = Math.min(1, moment.remainingMs / whole)
  return (
    <div class="yoga-ring" role="timer" aria-label={classMode.remaining}>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle class="yoga-ring-track" cx="50" cy="50" r={radius} />
        <circle
          class="yoga-ring-left"
          cx="50"
          cy="50"
          r={radius}
          pathLength={1}
          stroke-dasharray="1 1"
          stroke-dashoffset={1 - share}
        />
      </svg>
      <span class="number">{second >= 60 ? onClock(second) : second}</span>
    </div>
  )
}

interface OverProps {
  sequence: Sequence
  practice: string | undefined
  onLeave: () => void
}

/** The end: the practice is on the device already; a note can be added, or it can be taken back. */
function Over({ sequence, practice, onLeave }: OverProps) {
  const note = useSignal('')
  const leave = async () => {
    if (practice !== undefined && note.value.trim())
      await write(engine => engine.practices.update(practice, { note: note.value.trim() }))
    onLeave()
  }
  return (
    <div class="yoga-stage yoga-stage-over">
      <div class="yoga-stage-middle" role="status">
        <h2 class="yoga-now">{classMode.done}</h2>
        <p class="yoga-stage-cue">{sequence.title}</p>
        {practice !== undefined && <p>{classMode.logged}</p>}
      </div>
      <div class="yoga-stage-end">
        <TextArea
          label={classMode.note}
          rows={2}
          maxLength={10_000}
          value={note.value}
          onInput={event => {
            note.value = event.currentTarget.value
          }}
        />
        <Button look="primary" onClick={leave}>
          {texts.build.done}
        </Button>
        <Button
          look="plain"
          onClick={async () => {
            if (practice !== undefined) await write(engine => engine.practices.delete(practice))
            toast(classMode.notLogged)
            onLeave()
          }}
        >
          {classMode.dontLog}
        </Button>
      </div>
    </div>
  )
}
