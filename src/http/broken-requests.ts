import type { Socket } from 'node:net'
import { answerFor, type ErrorCode, RequestError } from './problem-details.ts'

const codes: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
}

/** Connections whose request may take longer to arrive: its route sees to it that it goes on. */
export const slowUploads = new WeakSet<Socket>()

/**
 * Answers malformed requests (too slow, too long, not HTTP) with the same kind of body as any other error. There is no
 * request object, so it is written to the socket directly.
 */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket) {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && slowUploads.has(socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const problem = new RequestError(
    codes[error.code ?? ''] ?? 'invalid_request',
    codes[error.code ?? ''] ? undefined : 'Malformed HTTP request.',
  )
  const { status, title, body: problemBody } = answerFor(problem, '/')
  const body = JSON.stringify(problemBody)
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
