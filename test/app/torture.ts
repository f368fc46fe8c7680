import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { openBrowser } from '../browser.ts'
import { builtWeb } from './built.ts'
import { type Outcome, runSequence } from './torture/sequence.ts'
import { startServer } from './torture/server.ts'

/**
 * Offline torture: random sequences of what people do in the app and what befalls them, in a browser; in the end no write is lost
 * or doubled, and every device shows what the server has.
 *
 * As a program: `node test/app/torture.ts [--sequences 200] [--seed N] [--steps 25] [--url postgres://…] [--verbose]`. A seed
 * makes the same plan again; when an answer arrives is up to the machine.
 */
export interface Trial {
  sequences: number
  /** Of the first; each has the next one. */
  seed: number
  /** Of each, besides what it ends with. */
  steps: number
  /** By default a fresh SQLite file. */
  databaseUrl?: string | undefined
  say?: ((line: string) => void) | undefined
  done?: (outcome: Outcome) => void
}

/** @returns what was done how often, and what went wrong. */
export async function torture(browser: Browser, { sequences, seed, steps, databaseUrl, say, done }: Trial) {
  const total = new Map<string, number>()
  const faults: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-torture-'))
  const server = await startServer(databaseUrl ?? `file:${join(folder, 'torture.db')}`, await builtWeb())
  try {
    for (let n = 0; n < sequences; n++) {
      const outcome = await runSequence(seed + n, steps, { browser, server, ...(say && { say }) })
      for (const [what, count] of outcome.counts) total.set(what, (total.get(what) ?? 0) + count)
      faults.push(...outcome.faults.map(fault => `seed ${outcome.seed}: ${fault}`))
      done?.(outcome)
    }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { counts: Object.fromEntries([...total].toSorted()), faults }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      sequences: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      steps: { type: 'string', default: '25' },
      url: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const began = Date.now()
  const [sequences, seed, steps] = [values.sequences, values.seed, values.steps].map(Number) as [number, number, number]
  console.log(`seeds ${seed} to ${seed + sequences - 1}`)
  let run = 0
  const { browser, close } = await openBrowser()
  const { counts, faults } = await torture(browser, {
    sequences,
    seed,
    steps,
    databaseUrl: values.url,
    say: values.verbose ? line => console.log(line) : undefined,
    done: outcome => {
      run++
      for (const fault of outcome.faults) {
        console.log(`seed ${outcome.seed}: ${fault}`)
        for (const line of outcome.journal.about(fault)) console.log(line)
      }
      const seconds = (Date.now() - began) / 1000
      if (run % 10 === 0) console.log(`${run} sequences, ${(seconds / run).toFixed(1)} s each`)
    },
  })
  await close()
  console.log(JSON.stringify(counts))
  console.log(`${sequences} sequences, ${faults.length} faults`)
  process.exitCode = faults.length > 0 ? 1 : 0
}
