import t from 'tap'
import { diary, fill, until } from './diary.ts'
import { focusIs, openWorld, pictures } from './harness.ts'

const shown = `[...document.querySelectorAll('.long-list > li')]`
/** How many rows are in view: they are drawn a frame or so after scrolling. */
const inView = `${shown}.filter(row => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight).length`

t.test(
  'ten years of entries: few rows are in the document wherever one scrolls; words, tag and mood narrow them',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page } = await world.open()
    await fill(page, diary('2026-11-25', 3_650))
    await page.getByRole('link', { name: 'Entries' }).click()
    await page
      .getByRole('status')
      .filter({ hasText: /3,\d+ entries/ })
      .waitFor()
    const rows = page.getByRole('list', { name: 'Entries, the latest first' }).locator(':scope > li')
    await rows.first().waitFor()
    await pictures(t, page, 'entries')

    const counts: number[] = []
    for (const share of [0.2, 0.5, 0.9, 1, 0.4, 0]) {
      await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight * ${share})`)
      await until(page, `${inView} > 3`)
      counts.push(await rows.count())
    }
    t.ok(Math.max(...counts) <= 60, `at most 60 rows: ${counts}`)
    await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight)`)
    await page.locator('.long-list > li').last().waitFor()
    await until(
      page,
      `
    (() => { scrollTo(0, document.documentElement.scrollHeight)
    const last = [...document.querySelectorAll('.long-list > li')].at(-1)
    return last.ariaPosInSet === last.ariaSetSize })()`,
    )

    await page.getByRole('searchbox').fill('CAFÉ zoë')
    await page
      .getByRole('status')
      .filter({ hasText: /of 3,\d+ entries/ })
      .waitFor()
    await rows.first().filter({ hasText: 'Café with Zoë.' }).waitFor()
    await page.getByRole('combobox', { name: 'Tag' }).selectOption({ index: 1 })
    await page.getByRole('combobox', { name: 'Mood' }).selectOption('Great')
    await until(page, `${shown}.length < 20 && ${shown}.every(row => /Great.*Café/s.test(row.textContent))`)
    await pictures(t, page, 'entries-found')
    await page.getByRole('searchbox').fill('nowhere')
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await rows.nth(10).waitFor()
  },
)

t.test(
  'an entry is edited in place, its earlier version restored, it is deleted and comes back, and goes for good',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page, context } = await world.open()
    await page.getByRole('link', { name: 'Entries' }).click()
    await page.getByText('No entries yet').waitFor()
    await pictures(t, page, 'entries-none')
    await fill(page, [
      { mood: 8, date: '2026-11-25', note: 'First words', tags: ['walk'] },
      { mood: 2, date: '2026-11-24', note: 'Another day' },
    ])
    await page.getByRole('button', { name: 'Edit Great' }).click()
    await page.getByRole('textbox', { name: 'Note' }).fill('Second words')
    await page.getByRole('textbox', { name: 'Tags' }).fill('friends,')
    await pictures(t, page, 'entries-edit')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Second words').waitFor()
    await focusIs(page, 'document.activeElement.textContent', 'Edit Great')
    await page.getByRole('button', { name: 'Earlier versions of Great' }).click()
    const versions = page.getByRole('dialog')
    await versions.getByText('First words').waitFor()
    await pictures(t, page, 'entries-versions')
    await versions.getByRole('button', { name: 'Restore this version' }).click()
    await page.locator('.long-list').getByText('First words').waitFor()

    await page.getByRole('button', { name: 'Delete Great' }).click()
    await page.getByText('First words').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('First words').waitFor()
    await page.getByRole('button', { name: 'Delete Great' }).click()
    await page.getByRole('button', { name: 'Delete Bad' }).click()
    await page.getByText('No entries yet').waitFor()

    await page.getByRole('link', { name: 'Trash' }).click()
    await page.getByText('First words').waitFor()
    await page.getByText('Kept until 26 December').first().waitFor()
    await pictures(t, page, 'trash')
    await page.getByRole('listitem').filter({ hasText: 'First words' }).getByRole('button', { name: 'Restore' }).click()
    await page.getByText('First words').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('The trash is empty').waitFor()
    await page.getByRole('link', { name: 'Back to the entries' }).click()
    await page.getByText('First words').waitFor()

    await context.setOffline(true)
    await page.getByRole('button', { name: 'Edit Great' }).click()
    await page.getByRole('textbox', { name: 'Note' }).fill('On a train')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Not sent yet', { exact: true }).waitFor()
    await context.setOffline(false)
    await until(page, `fetch('/mood').then(it => it.json()).then(it => it.moods[0]?.note === 'On a train')`)
  },
)
