import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { turnTaker } from '../../src/streaming/turns.ts'

t.test(
  'security 37: each step of a stream has a turn of the event loop of its own, however many streams there are',
  async t => {
    const turn = turnTaker()
    const steps: string[] = []
    const stream = async (name: string) => {
      for (let n = 0; n < 3; n++) {
        await turn()
        steps.push(name)
      }
    }
    let streaming = true
    const others = async () => {
      while (streaming) {
        await nextTurn()
        steps.push('.')
      }
    }
    const begun = others()
    await Promise.all([stream('a'), stream('b')])
    streaming = false
    await begun
    t.match(steps.join(''), /^[.]*(a\.+b\.+){2}a\.+b\.*$/, 'others are served between any two, and none is passed over')
  },
)
