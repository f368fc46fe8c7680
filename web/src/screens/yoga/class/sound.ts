/** Beeps, made by the browser. Opened by a tap, as browsers want it. */
export function openSound() {
  const context = typeof AudioContext === 'undefined' ? undefined : new AudioContext()
  const beep = (hertz: number, seconds: number) => {
    if (!context) return
    void context.resume()
    const [oscillator, gain] = [context.createOscillator(), context.createGain()]
    const now = context.currentTime
    oscillator.frequency.value = hertz
    gain.gain.setValueAtTime(0, now)
    gain.gain.linearRampToValueAtTime(0.25, now + 0.02)
    gain.gain.exponentialRampToValueAtTime(0.001, now + seconds)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(now)
    oscillator.stop(now + seconds)
  }
  return {
    /** One of the last seconds. */
    tick: () => beep(440, 0.12),
    /** A new pose. */
    next: () => beep(660, 0.9),
    end: () => beep(528, 2.4),
    close: () => void context?.close(),
  }
}
export type Sound = ReturnType<typeof openSound>
