import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import type { Test } from 'tap'
import { buildApp } from '../src/app.ts'
import { seedDemo } from '../src/commands/seed-demo.ts'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/open.ts'
import { builtWeb } from '../test/app/built.ts'
import { launchBrowser } from '../test/browser.ts'

/** `node bench/pictures.ts`: the pictures of the README, of the app on the demo account, into `docs/pictures/`. */

const phone = { width: 390, height: 844 }
const desk = { width: 1280, height: 800 }
const shots: {
  name: string
  path: string
  size: typeof phone
  dark?: boolean
  act?: (page: Page) => Promise<unknown>
}[] = [
  { name: 'today', path: '', size: phone },
  { name: 'year', path: 'year', size: phone },
  { name: 'insights', path: 'insights', size: phone, dark: true },
  { name: 'entries', path: 'entries', size: phone },
  {
    name: 'class',
    path: 'yoga',
    size: phone,
    dark: true,
    async act(page) {
      await page
        .getByRole('link', { name: /Twenty minutes/ })
        .first()
        .click()
      await page.getByRole('button', { name: 'Practise' }).click()
      await page.getByRole('button', { name: 'Start' }).click()
    },
  },
  { name: 'year-wide', path: 'year', size: desk },
]

const data = mkdtempSync(join(tmpdir(), 'moodstreak-pictures-'))
const env = {
  NODE_ENV: 'test',
  DATABASE_URL: `file:${join(data, 'demo.db')}`,
  JWT_SECRET: 'a secret that only this program knows, and long enough',
  BCRYPT_COST: '4',
}
await seedDemo([], env, { now: Date.now() })
const config = readConfig({ ...env, RATE_LIMIT: 'off' })
const database = await openDatabase(config.databaseUrl)
const webFolder = await builtWeb()
const app = await buildApp({ config, jwtSecret: config.jwtSecret as string, database, webFolder })
await app.listen({ port: 0, host: '127.0.0.1' })
const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/app/`
const cleanUps: (() => unknown)[] = []
const ending = { teardown: (cleanUp: () => unknown) => cleanUps.push(cleanUp), pass: console.log } as unknown as Test
try {
  const browser = (await launchBrowser(ending)) as Browser
  for (const { name, path, size, dark, act } of shots) {
    const context = await browser.newContext({
      viewport: size,
      colorScheme: dark ? 'dark' : 'light',
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    await page.goto(`${base}sign-in`)
    await page.getByLabel(/Username/).fill('demo')
    await page.getByLabel('Password', { exact: true }).fill('password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    await page.goto(base + path)
    await act?.(page)
    // The copy fills, and what the server counts arrives.
    await page.waitForTimeout(2_000)
    const picture = await page.screenshot()
    const file = resolve(import.meta.dirname, '../docs/pictures', `${name}.png`)
    const { size: bytes } = await sharp(picture).png({ palette: true, effort: 10 }).toFile(file)
    console.log(name, `${Math.ceil(bytes / 1024)} KiB`)
    await context.close()
  }
} finally {
  for (const cleanUp of cleanUps) await cleanUp()
  await app.close()
  rmSync(data, { recursive: true })
}
