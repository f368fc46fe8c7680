import { Pause, Play, SkipBack, SkipForward, Volume2, VolumeX, X } from 'lucide'
import type { Sequence } from '../../../../../client/src/wire.ts'
import { wordsFor } from '../../../format.ts'
import { app, yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { minutesOf } from '../duration.ts'
import type { Moment, Step } from './class-clock.ts'
import { Over } from './over.tsx'
import { Ring } from './ring.tsx'
import { type Class, useClass } from './use-class.ts'

const { classMode } = texts

/** What is seen of a class: its beginning, each pose, the question whether to end it, its end. */
export function Stage({ sequence, onLeave }: { sequence: Sequence; onLeave: () => void }) {
  const taught = useClass(sequence, onLeave)
  const { steps, moment } = taught
  const step = moment && steps[Math.max(0, moment.index)]
  if (taught.isOver) return <Over sequence={sequence} practice={taught.practice} onLeave={onLeave} />
  return (
    <div class="yoga-stage">
      <header class="yoga-stage-head">
        <Button look="plain" icon={X} iconOnly onClick={taught.ask}>
          {taught.hasBegun ? classMode.end : app.close}
        </Button>
        <span class="number">{moment && moment.index >= 0 && classMode.progress(moment.index + 1, steps.length)}</span>
        <Button
          look="plain"
          icon={taught.isSound ? Volume2 : VolumeX}
          iconOnly
          aria-pressed={taught.isSound}
          onClick={taught.toggleSound}
        >
          {classMode.sound}
        </Button>
      </header>
      {taught.asksToEnd ? (
        <Ending taught={taught} onLeave={onLeave} />
      ) : moment && step ? (
        <Posing taught={taught} moment={moment} step={step} title={sequence.title} />
      ) : (
        <Beginning taught={taught} sequence={sequence} />
      )}
    </div>
  )
}

function Beginning({ taught, sequence }: { taught: Class; sequence: Sequence }) {
  const poses = taught.steps.length
  return (
    <div class="yoga-stage-middle">
      <h2 class="yoga-now" dir="auto">
        {sequence.title}
      </h2>
      <p class="yoga-stage-cue">
        {classMode.readyWhy(texts.minutes(minutesOf(sequence.total_seconds)), texts.poseCount(poses))}
      </p>
      <div class="yoga-stage-choices">
        <Button look="primary" icon={Play} disabled={poses === 0} onClick={taught.start}>
          {classMode.start}
        </Button>
      </div>
    </div>
  )
}

function Ending({ taught, onLeave }: { taught: Class; onLeave: () => void }) {
  return (
    <div class="yoga-stage-middle">
      <h2 class="yoga-now" dir="auto">
        {classMode.endSure}
      </h2>
      <div class="yoga-stage-choices">
        <Button look="primary" onClick={taught.goOn}>
          {classMode.goOn}
        </Button>
        <Button onClick={taught.finish}>{classMode.logAnyway}</Button>
        <Button look="plain" onClick={onLeave}>
          {classMode.leave}
        </Button>
      </div>
    </div>
  )
}

function Posing({ taught, moment, step, title }: { taught: Class; moment: Moment; step: Step; title: string }) {
  const isReady = moment.index < 0
  const next = taught.steps[moment.index + 1]
  return (
    <>
      <div class="yoga-stage-middle">
        <p class="yoga-stage-section">{isReady ? classMode.ready : (step.section ?? title)}</p>
        <Ring moment={moment} step={step} second={taught.second} />
        <div class="yoga-now-block" aria-live="polite" aria-atomic="true">
          <h2 class="yoga-now" dir="auto">
            {step.name}
          </h2>
          {step.side && <p class={`yoga-stage-side yoga-stage-${step.side}`}>{wordsFor(classMode.sides, step.side)}</p>}
          <p class="yoga-stage-cue">{step.cue}</p>
          <span class="visually-hidden">{classMode.inSeconds(step.seconds)}</span>
        </div>
      </div>
      <div class="yoga-stage-foot">
        <p class="yoga-next">{!isReady && (next ? <Next step={next} /> : <span>{classMode.last}</span>)}</p>
        <div class="yoga-controls">
          <Button look="plain" icon={SkipBack} iconOnly onClick={taught.back}>
            {classMode.back}
          </Button>
          <Button look="primary" icon={taught.isRunning ? Pause : Play} iconOnly onClick={taught.toggle}>
            {taught.isRunning ? classMode.pause : classMode.resume}
          </Button>
          <Button look="plain" icon={SkipForward} iconOnly onClick={taught.skip}>
            {classMode.skip}
          </Button>
        </div>
      </div>
    </>
  )
}

function Next({ step }: { step: Step }) {
  return (
    <>
      <span>{classMode.next}</span> <bdi>{step.name}</bdi>
      {step.side && `, ${wordsFor(classMode.sides, step.side).toLocaleLowerCase()}`}
    </>
  )
}
