import { isMainThread } from 'node:worker_threads'
import type { Base } from 'tap'

/**
 * Preloaded by `.taprc`. A test is ended when it hangs, and never because the machine is slow: with every assertion the
 * time-out of its file begins anew, so that it limits the time between two of them.
 */
async function renewTimeoutByAssertion() {
  const { t } = await import('tap')
  const { timeout } = t.options
  let renewed = 0
  function renew() {
    const now = performance.now()
    // Each is a message to the parent process.
    if (timeout === undefined || now - renewed < 1_000) return
    renewed = now
    t.setTimeout(timeout)
  }
  function watch(test: Base) {
    test.parser.on('line', renew)
    test.on('subtestAdd', added => watch(added as Base))
  }
  watch(t)
}

// Threads and forked processes get the same preloads.
const [, program = ''] = process.argv
const isTest = program.startsWith(import.meta.dirname)
if (isMainThread && isTest) await renewTimeoutByAssertion()
