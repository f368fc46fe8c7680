import type { Locator, Page } from 'playwright-core'
import { until } from '../signing.ts'
import type { Copy, Device, Tab } from './device.ts'
import type { Model } from './model.ts'
import type { TortureServer } from './server.ts'

/** What a person does in the app, by its buttons and fields; the model hears of it once the app shows it. */

export interface World {
  server: TortureServer
  model: Model
  username: string
  devices: Device[]
  /** A text that nobody has written yet. */
  fresh: () => string
  did: (what: string) => void
}

export interface Hand extends World {
  device: Device
  tab: Tab
  /** From 0 to below 1: which of the things on the screen. */
  pick: number
  /** From 0 to below 1: what exactly. */
  how: number
}

type Screen = 'Today' | 'Entries' | 'Tasks'

export async function go(page: Page, screen: Screen): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: screen }).click()
  await page.getByRole('heading', { level: 1, name: screen }).waitFor()
}

/** Whether another device may have written this too, or this one does not know the latest, or it is asked about. */
const isContested = async (hand: Hand, copy: Copy, id: string): Promise<boolean> =>
  copy.questions.some(question => question.id === id) || (await isMet(hand, copy, id))

/** The same, but for what is asked here. */
async function isMet(hand: Hand, copy: Copy, id: string): Promise<boolean> {
  const { server, username, devices, device } = hand
  for (const other of devices) {
    if (other === device) continue
    const { unsent, questions } = await other.copy()
    if (unsent(id).length > 0 || questions.some(question => question.id === id)) return true
  }
  const known = copy.bases.get(`mood/${id}`) ?? copy.bases.get(`task/${id}`)
  const stored = (await server.stored(username)).get(id)
  return known?.revision !== stored?.revision
}

/** The one thing that the model does not know yet. */
function newIn(copy: Copy, kind: 'mood' | 'task', { things }: Model): string {
  const made = [...copy.ids(kind)].filter(id => !things.has(id))
  if (made.length !== 1) throw new Error(`one ${kind} was made, and there are ${made.length} new ones: ${made}`)
  return made[0] as string
}

/** One of what can be seen. */
async function chosen(rows: Locator, text: string, pick: number): Promise<{ row: Locator; text: string } | undefined> {
  const texts = (await rows.locator(text).allTextContents()).toSorted()
  if (texts.length === 0) return undefined
  const own = texts[Math.floor(pick * texts.length)] as string
  const page = rows.page()
  return { row: rows.filter({ has: page.locator(text, { hasText: exactly(own) }) }), text: own }
}

/**
 * Does something to a row. Another device may have changed, completed or deleted it since it was chosen: then it is out of sight.
 * @returns undefined then.
 */
async function reached<T>(row: Locator, work: (options: { timeout: number }) => Promise<T>): Promise<T | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await work({ timeout: 10_000 })
    } catch (error) {
      if (!(await row.isVisible())) return undefined
      if (tries === 30) throw error
    }
  }
}

/** @returns whether the row was still there. */
const pressed = async (row: Locator, button: Locator): Promise<boolean> =>
  (await reached(row, async options => {
    await button.click(options)
    return true
  })) ?? false

/**
 * Saves what is typed in a form, by the button that is there at that moment.
 * @returns whether it brings back what was deleted meanwhile.
 */
async function submitted(form: Locator): Promise<boolean> {
  const pressed = await form
    .locator('button[type="submit"]')
    .evaluate((button: { textContent: string | null; click: () => void }) => {
      const label = button.textContent
      button.click()
      return label
    })
  await form.waitFor({ state: 'hidden' })
  return pressed?.includes('Bring it back') === true
}

const exactly = (text: string) => new RegExp(`^${text}$`)

const entryRows = (page: Page) => page.locator('.long-list > li')
const noteOf = (page: Page, note: string) => page.locator('.entry-note', { hasText: exactly(note) })
const taskRows = (page: Page) => page.locator('li[data-task]')
const titleOf = (page: Page, title: string) => page.locator('.tasks-title', { hasText: exactly(title) })

/**
 * Takes back what was done last.
 * @returns false where it is too late: what offers it goes by itself after some seconds.
 */
async function undone({ tab, did }: Hand): Promise<boolean> {
  const undo = tab.page.locator('.toast').getByRole('button', { name: 'Undo' })
  const isDone = await pressed(undo, undo)
  did(isDone ? 'undo' : 'too late')
  return isDone
}

/** One tap; then a note, or undoing it, or neither. */
export async function log(hand: Hand): Promise<void> {
  const { device, tab, model, how, did } = hand
  const { page } = tab
  await go(page, 'Today')
  const another = page.getByRole('button', { name: 'Log another' })
  if (await another.isVisible()) await another.click()
  const mood = Math.floor(hand.pick * 11)
  await page
    .getByRole('group', { name: 'How are you?' })
    .getByRole('button', { name: new RegExp(`^${mood}, `) })
    .click()
  const more = page.getByRole('button', { name: 'Add a note, tags or another time' })
  await more.waitFor()
  const copy = await device.copy()
  const id = newIn(copy, 'mood', model)
  model.create('mood', id, null, { mood, date: copy.thing('mood', id)?.value && dateOf(copy, id) })
  did('log')
  if (how < 0.15) {
    if (!(await undone(hand))) return
    await page.getByRole('group', { name: 'How are you?' }).waitFor()
    await deleted(hand, copy, id)
  } else if (how < 0.9) {
    await more.click()
    const note = hand.fresh()
    const form = page.locator('form.entry-form')
    await form.getByLabel('Note').fill(note)
    await form.getByRole('button', { name: 'Save' }).click()
    await noteOf(page, note).waitFor()
    model.writeText(id, { seen: null, value: note })
    did('edit')
  }
}

const dateOf = (copy: Copy, id: string) => (copy.thing('mood', id)?.value as { date?: string } | undefined)?.date

/** Who deletes something keeps it no more, whatever was asked. */
async function deleted(hand: Hand, before: Copy, id: string) {
  hand.model.setAlive(id, false, await isContested(hand, before, id))
}

/** Opens an entry to edit it; it is saved by `saveForm`, at once or after what others do meanwhile. */
export async function openForm(hand: Hand): Promise<void> {
  const { tab, model } = hand
  const { page } = tab
  await go(page, 'Entries')
  const found = await chosen(entryRows(page), '.entry-note', hand.pick)
  if (!found) return
  if (!(await pressed(found.row, found.row.locator('.entry-edit')))) return hand.did('gone')
  // What is in the form is what was seen: it may have changed since the row was chosen.
  const form = page.locator('form.entry-form')
  const text = await form.getByLabel('Note').inputValue()
  const mood = await form.locator('.mood-number[aria-pressed="true"]').textContent()
  tab.form = { id: model.ownerOf(found.text) as string, seen: { text, mood: Number.parseInt(mood ?? '', 10) } }
}

/** Note, and sometimes mood or day. */
export async function saveForm(hand: Hand): Promise<void> {
  const { device, tab, model, how, did } = hand
  const { page, form } = tab
  if (!form) return
  delete tab.form
  const open = page.locator('form.entry-form')
  if (!(await open.isVisible())) return did('form gone')
  const { id, seen } = form
  const note = hand.fresh()
  await open.getByLabel('Note').fill(note)
  const mood = how < 0.4 ? Math.floor(how * 27) : seen.mood
  if (mood !== seen.mood) await open.getByRole('button', { name: new RegExp(`^${mood}, `) }).click()
  const day = open.getByLabel('Day')
  const before = await day.inputValue()
  const date = how > 0.8 ? dayBefore(hand.server.now(), Math.floor((how - 0.8) * 20)) : before
  if (date !== before) await day.fill(date)
  const copy = await device.copy()
  const contested = await isContested(hand, copy, id)
  // Where another write was met the question says so, and the list shows the server's.
  const isBroughtBack = await submitted(open)
  if (isBroughtBack) {
    model.setAlive(id, true, contested)
    did('brought back')
  }
  await answered(hand, copy, id, ['note'])
  model.writeText(id, { seen: seen.text, value: note })
  const now = copy.thing('mood', id)?.value as { mood: number; date: string } | undefined
  if (mood !== seen.mood) model.write(id, 'mood', mood, contested || now?.mood !== seen.mood)
  if (date !== before) model.write(id, 'date', date, contested || now?.date !== before)
  did('edit')
}

/** A day in Berlin. */
function dayBefore(now: number, days: number): string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' })
  return format.format(new Date(now - days * 86_400_000))
}

/**
 * An edit answers what was asked about its fields: the person has decided against what they had written before. Of what they
 * had deleted, while it was edited elsewhere, it says that they keep it.
 */
async function answered(hand: Hand, before: Copy, id: string, fields: readonly string[]): Promise<void> {
  const { model } = hand
  const question = before.questions.find(one => one.id === id)
  if (question?.reason === 'deleted_here') model.setAlive(id, true, await isMet(hand, before, id))
  for (const field of fields) {
    const both = question?.fields[field]
    if (both) model.declineText(id, both.mine as string | null)
  }
}

export async function deleteEntry(hand: Hand): Promise<void> {
  const { device, tab, model, how, did } = hand
  const { page } = tab
  await go(page, 'Entries')
  const found = await chosen(entryRows(page), '.entry-note', hand.pick)
  if (!found) return
  const id = model.ownerOf(found.text) as string
  const copy = await device.copy()
  if (!(await pressed(found.row, found.row.getByRole('button', { name: /^Delete / })))) return did('gone')
  await page.locator('.toast', { hasText: 'Entry deleted' }).waitFor()
  await noteOf(page, found.text).waitFor({ state: 'hidden' })
  await deleted(hand, copy, id)
  did('delete')
  if (how > 0.4) return
  const since = await device.copy()
  if (!(await undone(hand))) return
  await noteOf(page, found.text).waitFor()
  model.setAlive(id, true, await isContested(hand, since, id))
}

export async function restoreEntry(hand: Hand): Promise<void> {
  const { device, tab, model, did } = hand
  const { page } = tab
  await go(page, 'Entries')
  await page.getByRole('link', { name: 'Trash' }).click()
  await page.getByRole('heading', { level: 1, name: 'Trash' }).waitFor()
  const found = await chosen(page.locator('.entries-trash > li'), '.entry-note', hand.pick)
  if (!found) return
  const id = model.ownerOf(found.text) as string
  const copy = await device.copy()
  if (!(await pressed(found.row, found.row.getByRole('button', { name: 'Restore' })))) return did('gone')
  const failed = page.getByText('The server cannot be reached.')
  await until(async () => (await noteOf(page, found.text).count()) === 0 || (await failed.count()) > 0)
  if (await failed.count()) return did('restore failed')
  model.setAlive(id, true, await isContested(hand, copy, id))
  did('restore')
}

export async function addTask(hand: Hand): Promise<void> {
  const { device, tab, model, did } = hand
  const { page } = tab
  await go(page, 'Tasks')
  const title = hand.fresh()
  await page.locator('#tasks-new').fill(title)
  await page.locator('#tasks-new').press('Enter')
  await titleOf(page, title).waitFor()
  model.create('task', newIn(await device.copy(), 'task', model), title, { completed: false })
  did('add')
}

async function openTasks(page: Page) {
  await go(page, 'Tasks')
  const completed = page.locator('details.tasks-completed:not([open]) > summary')
  if (await completed.isVisible()) await pressed(completed, completed)
}

/** Completes one, or opens it again; completing is taken back now and then. */
export async function toggleTask(hand: Hand): Promise<void> {
  const { device, tab, model, how, did } = hand
  const { page } = tab
  await openTasks(page)
  const found = await chosen(taskRows(page), '.tasks-title', hand.pick)
  if (!found) return
  const id = model.ownerOf(found.text) as string
  const tick = page.getByRole('checkbox', { name: new RegExp(`^(Complete|Reopen) ${found.text}$`) })
  const isCompleted = await reached(found.row, options => tick.isChecked(options))
  if (isCompleted === undefined) return did('gone')
  const completed = !isCompleted
  const copy = await device.copy()
  const contested = await isContested(hand, copy, id)
  if (!(await pressed(found.row, tick))) return did('gone')
  if (completed) await page.locator('.toast', { hasText: `Completed: ${found.text}` }).waitFor()
  else await page.getByRole('checkbox', { name: `Complete ${found.text}`, exact: true }).waitFor()
  await answered(hand, copy, id, [])
  model.write(id, 'completed', completed, contested)
  did(completed ? 'complete' : 'reopen')
  if (!completed || how > 0.3) return
  const since = await device.copy()
  const stillContested = await isContested(hand, since, id)
  if (!(await undone(hand))) return
  await page.getByRole('checkbox', { name: `Complete ${found.text}`, exact: true }).waitFor()
  model.write(id, 'completed', false, contested || stillContested)
}

async function openTask(hand: Hand) {
  const { page } = hand.tab
  await openTasks(page)
  const found = await chosen(taskRows(page), '.tasks-title', hand.pick)
  if (!found) return undefined
  if (!(await pressed(found.row, found.row.locator('.tasks-open')))) {
    hand.did('gone')
    return undefined
  }
  const form = page.locator('form.tasks-editor')
  await form.waitFor()
  const text = await form.getByLabel('Title').inputValue()
  return { form, text, id: hand.model.ownerOf(found.text) as string }
}

export async function editTask(hand: Hand): Promise<void> {
  const { device, model, did } = hand
  const open = await openTask(hand)
  if (!open) return
  const title = hand.fresh()
  const copy = await device.copy()
  if (!(await open.form.isVisible())) return did('form gone')
  await open.form.getByLabel('Title').fill(title)
  const contested = await isContested(hand, copy, open.id)
  if (await submitted(open.form)) {
    model.setAlive(open.id, true, contested)
    did('brought back')
  }
  await answered(hand, copy, open.id, ['title'])
  model.writeText(open.id, { seen: open.text, value: title })
  did('edit')
}

export async function deleteTask(hand: Hand): Promise<void> {
  const { device, tab, model, how, did } = hand
  const { page } = tab
  const open = await openTask(hand)
  if (!open) return
  const { id, text } = open
  const copy = await device.copy()
  const button = open.form.getByRole('button', { name: 'Delete' })
  if (!(await pressed(button, button))) {
    // Another device has deleted it.
    await open.form.getByRole('button', { name: 'Discard', exact: false }).click()
    return did('gone')
  }
  await page.locator('.toast', { hasText: `Deleted: ${text}` }).waitFor()
  await deleted(hand, copy, id)
  did('delete')
  if (how > 0.4) return
  const since = await device.copy()
  if (!(await undone(hand))) return
  // Not in view where it was completed before.
  await titleOf(page, text).waitFor({ state: 'attached' })
  model.setAlive(id, true, await isContested(hand, since, id))
}

/** The tab dies while something is written: whether it was is what it shows when it opens again. */
export async function killWhileWriting(hand: Hand): Promise<void> {
  const { device, tab, model, did } = hand
  const { page } = tab
  await go(page, 'Tasks')
  const title = hand.fresh()
  await page.locator('#tasks-new').fill(title)
  await page.locator('#tasks-new').press('Enter', { noWaitAfter: true })
  await device.kill(tab)
  const copy = await device.copy()
  const made = [...copy.ids('task')].filter(id => !model.things.has(id))
  if (made.length > 1) throw new Error(`one task was added, and there are ${made.length}`)
  for (const id of made) model.create('task', id, title, { completed: false })
  did('kill')
}

/** How many versions a question shows: of a text that was written in several tabs more than two. */
const versionsOf = ({ reason, fields }: Copy['questions'][number]): number =>
  2 + (reason === 'edited' ? Object.values(fields).flatMap(({ also = [] }) => also).length : 0)

/**
 * Answers one question of the device, as it is shown, if there is any.
 * @returns whether there was.
 */
export async function decide(hand: Hand): Promise<boolean> {
  const { device, tab, model, how, did } = hand
  const { page } = tab
  const [question] = (await device.copy()).questions
  if (!question) return false
  const { id, kind, reason, fields } = question
  await go(page, kind === 'mood' ? 'Today' : 'Tasks')
  const answers = {
    edited: ['Keep mine', 'Keep the other'],
    deleted: ['Bring it back', 'Leave it deleted'],
    deleted_here: ['Delete it', 'Keep it'],
  }
  const text = fields[kind === 'mood' ? 'note' : 'title']
  const versions = versionsOf(question)
  const version = Math.floor(how * versions)
  const isMine = version < versions - 1
  const name = versions > 2 ? `Keep version ${version + 1}` : (answers[reason][isMine ? 0 : 1] as string)
  const before = await device.copy()
  const alike = before.questions.filter(
    one =>
      one.kind === kind &&
      one.reason === reason &&
      (versions > 2 ? versionsOf(one) > Math.max(2, version) : versionsOf(one) === 2),
  )
  // They stand in the order of the copy.
  const place = alike.findIndex(one => one.id === id)
  await page.locator('.decisions').getByRole('button', { name, exact: true }).nth(place).click()
  await until(async () => {
    const now = (await device.copy()).questions.find(one => one.id === id)
    return JSON.stringify(now) !== JSON.stringify(question)
  })
  if (reason === 'deleted_here') {
    model.setAlive(id, !isMine, false)
  } else {
    if (reason === 'deleted') model.setAlive(id, isMine, false)
    const texts = (text ? [text.mine, ...(text.also ?? []), text.theirs] : []) as (string | null)[]
    const taken = isMine ? version : texts.length - 1
    for (const [i, one] of texts.entries()) if (i !== taken) model.declineText(id, one)
    // It may be an older one, which another device has brought back, or one that was typed over.
    if (text && reason === 'edited' && (!isMine || versions > 2)) model.chooseText(id, texts[taken] ?? null)
    for (const [field, { mine }] of Object.entries(fields)) {
      if (isMine && model.get(id).others.has(field)) model.write(id, field, mine, true)
    }
  }
  did('decide')
  return true
}
