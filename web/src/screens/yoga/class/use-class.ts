import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Sequence } from '../../../../../client/src/wire.ts'
import { write } from '../../../device.ts'
import { isSoundOn, keepSound } from '../library.ts'
import * as clocks from './class-clock.ts'
import { openSound, type Sound } from './sound.ts'
import { stayAwake } from './wake-lock.ts'

const now = () => performance.now()

/**
 * A class that is taught: its clock, sounds and keys. When it is over, or is ended, the practice is logged.
 * @param onLeave where somebody leaves who has not begun, or is through.
 */
export function useClass(sequence: Sequence, onLeave: () => void) {
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

  return {
    steps,
    moment,
    /** What is left of the pose, rounded up. */
    second,
    hasBegun: clock.value !== undefined,
    isRunning,
    isOver: isOver.value,
    /** The id of the practice, once it is logged. */
    practice: practice.value,
    isSound: isSound.value,
    asksToEnd: asksToEnd.value,
    start,
    toggle,
    back,
    skip,
    /** Pauses and asks whether to end, where there is something to end. */
    ask,
    goOn: () => {
      asksToEnd.value = false
      toggle()
    },
    finish,
    toggleSound: () => {
      isSound.value = !isSound.value
      void keepSound(isSound.value)
    },
  }
}

export type Class = ReturnType<typeof useClass>
