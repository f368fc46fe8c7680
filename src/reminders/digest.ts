import type { Association } from '../insight/findings.ts'
import { weekdayNames } from '../insight/texts.ts'
import { type Colours, colourOf, colours, type Theme, themes } from '../insight/year-in-pixels.ts'
import type { Message } from '../mail/messages.ts'
import { type DayNumber, formatDay } from '../moods/calendar.ts'
import type { CalendarDay } from '../statistics/person.ts'
import { daysOf, type Links } from './messages.ts'
import { oneClick } from './unsubscribing.ts'

/** A difference between days with something and without it. */
type Finding = Pick<Association, 'name' | 'difference' | 'kind'> & { interval: readonly number[] }

/** What the weekly digest says. */
export interface Digest {
  /** The Monday that the week begins with. */
  monday: DayNumber
  /** Its days with an entry. */
  days: readonly CalendarDay[]
  /** In days. */
  streak: number
  longest: number
  finding: Finding | undefined
}

/** From worst to best: a valence in words, so that no reader has to tell colours apart, with the emoji nearest to the colour. */
const bands = [
  { word: 'very low', emoji: '🟧' },
  { word: 'low', emoji: '🟫' },
  { word: 'middling', emoji: '🟪' },
  { word: 'good', emoji: '🔵' },
  { word: 'very good', emoji: '🟦' },
] as const

const noEntry = { word: 'no entry', emoji: '⬜' }
const noValence = { word: 'logged', emoji: '🔳' }

function bandOf(day: CalendarDay | undefined) {
  if (!day) return noEntry
  if (day.valence === null) return noValence
  const band = Math.floor(((day.valence + 1) / 2) * bands.length)
  return bands[Math.min(bands.length - 1, Math.max(0, band))] as (typeof bands)[number]
}

/** The week in seven pixels, the streak, and one finding if there is one: as text and as HTML. */
export function digestMessage(digest: Digest, links: Links): Message {
  const byDay = new Map(digest.days.map(day => [day.day, day]))
  const week = weekdayNames.map((name, i) => {
    const day = byDay.get(digest.monday + i)
    return { name, date: dateOf(digest.monday + i), day, ...bandOf(day) }
  })
  const { streak, longest } = digest
  const texts = {
    title: 'Your week in seven pixels',
    dates: `${dateOf(digest.monday)} to ${dateOf(digest.monday + 6)}`,
    streak: streak === 0 ? 'No streak at the moment.' : `Your streak: ${daysOf(streak)}.`,
    longest: `Your longest: ${daysOf(longest)}.`,
    finding: digest.finding && sentencesOf(digest.finding),
    why: 'You get this e-mail once a week because you turned it on.',
  }
  const text = [
    'Hello,',
    `${texts.title}, ${texts.dates}:`,
    week.map(({ emoji }) => emoji).join(' '),
    week.map(({ name, date, day, word }) => `${name}, ${date}: ${word}${entriesOf(day)}`).join('\n'),
    `${texts.streak} ${texts.longest}`,
    ...(texts.finding ? [texts.finding] : []),
    links.app,
    `${texts.why} To turn it off, open this link:`,
    links.unsubscribe,
    'moodstreak',
  ]
  return {
    subject: 'Your week in moods',
    text: `${text.join('\n\n')}\n`,
    html: htmlOf(texts, week, links),
    headers: oneClick(links.unsubscribe),
  }
}

type Week = { name: string; date: string; day: CalendarDay | undefined; word: string }[]

const entriesOf = (day: CalendarDay | undefined) =>
  day ? ` (${day.entries === 1 ? '1 entry' : `${day.entries} entries`})` : ''

const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' })
const dateOf = (day: DayNumber) => format.format(new Date(`${formatDay(day)}T00:00Z`))

function sentencesOf({ kind, name, difference, interval }: Finding): string {
  const days =
    kind === 'weekday' ? `On ${name}s` : kind === 'tag' ? `On days with “${name}”` : `On days you did “${name}”`
  const way = difference > 0 ? 'better' : 'worse'
  const [low, high] = interval.map(Math.abs).sort((a, b) => a - b) as [number, number]
  const size = (value: number) => value.toFixed(2)
  return `${days} your mood was ${way}, over the last year: by ${size(Math.abs(difference))} on a scale from −1 to 1, very likely between ${size(low)} and ${size(high)}. That does not say which causes which.`
}

/**
 * Tables and inline styles, which is what e-mail programs show; the style sheet adds dark colours where they read one. It
 * loads nothing.
 */
function htmlOf(texts: Record<string, string | undefined>, week: Week, links: Links): string {
  const light = colours.light
  const font = 'font-family:system-ui,-apple-system,&quot;Segoe UI&quot;,Roboto,sans-serif'
  const pixels = week.map(({ name, date, day, word }) => {
    const { css, name: pixel } = pixelOf(day, light)
    return `<td align="center" valign="top" style="padding:0 3px"><div aria-hidden="true" class="m" style="font-size:13px;line-height:20px">${name.slice(0, 3)}</div><div class="${pixel}" role="img" aria-label="${name}, ${date}: ${word}${entriesOf(day)}" title="${word}" style="width:48px;height:48px;border-radius:10px;${css}"></div><div aria-hidden="true" class="m" style="font-size:12px;line-height:16px;padding-top:4px">${word}</div></td>`
  })
  const rows = [
    `<h1 style="margin:0;font-size:22px;line-height:30px;font-weight:650">${texts.title}</h1><p class="m" style="margin:2px 0 20px">${texts.dates}</p>`,
    `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 -3px 22px;table-layout:fixed;width:100%;max-width:420px"><tr>${pixels.join('')}</tr></table>`,
    `<p style="margin:0 0 14px"><strong>${texts.streak}</strong> ${texts.longest}</p>`,
    ...(texts.finding
      ? [
          `<p class="f" style="margin:0 0 18px;padding:12px 14px;border-radius:10px;background:#eef1f6">${escaped(texts.finding)}</p>`,
        ]
      : []),
    `<p style="margin:20px 0 24px"><a class="b" href="${escaped(links.app)}" style="display:inline-block;padding:11px 20px;border-radius:10px;background:${light.scale.at(-1)};color:#ffffff;text-decoration:none;font-weight:600">Open moodstreak</a></p>`,
    `<p class="m" style="margin:0;font-size:13px;line-height:19px">${texts.why} <a class="m" href="${escaped(links.unsubscribe)}" style="color:#59626f">Turn it off</a></p>`,
  ]
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${texts.title}</title>`,
    `<style>.m{color:#59626f}@media (prefers-color-scheme:dark){${darkRules()}}</style></head>`,
    `<body style="margin:0;padding:0;background:${light.background}"><table class="g" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:${light.background}"><tr><td align="center" style="padding:28px 16px">`,
    `<div class="t" style="max-width:440px;text-align:left;${font};font-size:16px;line-height:24px;color:#1f252d">`,
    ...rows,
    '</div></td></tr></table></body></html>',
  ].join('\n')
}

/** The look of a day, and the name by which the dark style sheet finds it. */
function pixelOf(day: CalendarDay | undefined, { empty, line, scale }: Colours) {
  if (!day) return { css: `background:${empty}`, name: 'n' }
  if (day.valence === null)
    return { css: `background:${empty};outline:1px dashed ${line};outline-offset:-1px`, name: 'd' }
  const colour = colourOf(day.valence, scale)
  return { css: `background:${colour}`, name: `p${scale.indexOf(colour)}` }
}

function darkRules(): string {
  const { background, text, empty, line, scale } = colours[themes.find(theme => theme === 'dark') as Theme]
  const rules = {
    'body,.g': `background:${background}`,
    '.t': `color:#e8ecf1`,
    '.m': `color:${text}`,
    '.f': 'background:#222932',
    '.b': `background:${scale.at(-1)};color:${background}`,
    '.n,.d': `background:${empty}`,
    '.d': `outline-color:${line}`,
    ...Object.fromEntries(scale.map((colour, i) => [`.p${i}`, `background:${colour}`])),
  }
  return Object.entries(rules)
    .map(([selector, css]) => `${selector}{${css.replaceAll(/(?=;|$)/g, '!important')}}`)
    .join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
