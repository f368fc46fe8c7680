const firstHour = 17

/**
 * When one may be reminded: each half hour of the evening, until the day is over.
 * @param dayStartsAt the hour at which the next day begins.
 * @param chosen `HH:MM`, which may be of another client and is offered too.
 * @returns `HH:MM`, in the order of the evening.
 */
export function evening(dayStartsAt: number, chosen: string | null): string[] {
  const hours = 24 + dayStartsAt - firstHour
  const times = Array.from({ length: 2 * hours }, (_, i) => {
    const hour = (firstHour + Math.floor(i / 2)) % 24
    return `${String(hour).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}`
  })
  return chosen === null || times.includes(chosen) ? times : [chosen, ...times]
}
