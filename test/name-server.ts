import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import type { Test } from 'tap'

export interface Question {
  name: string
  type: 'A' | 'AAAA'
}

/**
 * A stand-in for a name server (RFC 1035), for addresses only.
 * @param answer the addresses of a name, by how often the same was asked before; undefined leaves it without an answer.
 */
export async function standInNameServer(
  t: Test,
  answer: (question: Question, before: number) => string[] | undefined | Promise<string[]>,
) {
  const asked: Question[] = []
  /** By query: one that is sent again, because its answer is late, has the same id. */
  const answers = new Map<string, ReturnType<typeof answer>>()
  function answerOf(query: Buffer) {
    const question = questionOf(query)
    const key = `${query.readUInt16BE(0)} ${question.type} ${question.name}`
    if (!answers.has(key)) {
      const before = asked.filter(({ name, type }) => name === question.name && type === question.type).length
      asked.push(question)
      answers.set(key, answer(question, before))
    }
    return answers.get(key)
  }
  const socket = createSocket('udp4')
  socket.on('message', async (query, peer) => {
    const addresses = await answerOf(query)
    if (addresses) socket.send(answerTo(query, addresses), peer.port, peer.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => void socket.close())
  return { address: `127.0.0.1:${socket.address().port}`, asked }
}

/** Of the header; the only question stands behind it. */
const headerBytes = 12

function questionOf(query: Buffer): Question {
  const labels: string[] = []
  let at = headerBytes
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  // Resolvers may mix the case, so that answers are harder to forge.
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1) === 28 ? 'AAAA' : 'A' }
}

function answerTo(query: Buffer, addresses: string[]): Buffer {
  const question = query.subarray(headerBytes, query.indexOf(0, headerBytes) + 5)
  const header = Buffer.alloc(headerBytes)
  query.copy(header, 0, 0, 2)
  // A response of a recursive server, without an error, to one question.
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(addresses.length, 6)
  return Buffer.concat([header, question, ...addresses.map(address => record(address))])
}

/** Of the name that the question has, for no time at all. */
function record(address: string): Buffer {
  const data = isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : bytesOf6(address)
  const head = Buffer.from([0xc0, headerBytes, 0, data.length === 4 ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length])
  return Buffer.concat([head, data])
}

/** Written out in full, or with `::` once. */
function bytesOf6(address: string): Buffer {
  const [head = [], tail = []] = address.split('::').map(part => part.split(':').filter(Boolean))
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.from(groups.map(group => group.padStart(4, '0')).join(''), 'hex')
}
