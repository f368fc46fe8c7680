import { registerHooks } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import type { Base } from 'tap'

/**
 * Preloaded by `.taprc`. tap follows every promise of a process, to tell which test an error that nobody catches belongs
 * to: an eighth of the processor time of all tests. Those of a process run one after the other, so it is given to the one
 * that runs.
 */

/** Instead of `async-hook-domain`. */
const url = 'data:text/javascript,export class Domain { destroy() {} }'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'async-hook-domain' ? { url, shortCircuit: true } : next(specifier, context),
})

async function failRunningTest() {
  const { t } = await import('tap')
  const running: Base[] = [t]
  function follow(test: Base) {
    test.on('subtestAdd', added => follow(added as Base))
    test.on('subtestStart', started => running.push(started as Base))
    test.on('subtestEnd', ended => running.splice(running.indexOf(ended as Base), 1))
  }
  follow(t)
  const fail = (type: string) => (thrown: unknown) => {
    const error = typeof thrown === 'object' && thrown !== null ? thrown : { error: thrown }
    // After the last test it ends the process, as it does without tests.
    if (t.results) throw thrown
    running.at(-1)?.threw(Object.assign(error, { tapCaught: type }))
  }
  process.on('uncaughtException', fail('uncaughtException'))
  process.on('unhandledRejection', fail('unhandledRejection'))
}

// Threads and forked processes get the same preloads.
const [, program = ''] = process.argv
const isTest = program.startsWith(import.meta.dirname)
if (isMainThread && isTest) await failRunningTest()
