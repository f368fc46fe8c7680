import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { environment } from '../src/config.ts'
import { programArgs } from './children.ts'
import { password, temporaryFolder } from './helper.ts'
import { patientFetch } from './killable-server.ts'

export type Environment = Record<string, string>

/** The exit of a process, and its output. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface ServerProcess {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  child: ChildProcess
  /** Its stdout so far. */
  stdout(): string
  /** Sends signals, all before it can act on the first, and waits for the exit. */
  stop(...signals: NodeJS.Signals[]): Promise<Ended>
}

/**
 * The environment of a test's server: the developer's configuration does not reach it. The rest is passed on, including
 * tap's variables for coverage.
 */
function environmentWith(more: Environment): NodeJS.ProcessEnv {
  const keys = new Set(Object.keys(environment.properties))
  const rest = Object.fromEntries(Object.entries(process.env).filter(([key]) => !keys.has(key)))
  // In production the limits cannot be turned off.
  const RATE_LIMIT = more.NODE_ENV === 'production' ? 'on' : 'off'
  return { ...rest, NODE_ENV: 'test', PORT: '0', BCRYPT_COST: '4', RATE_LIMIT, ...more }
}

const running = new Set<ChildProcess>()
// A test file that times out is killed without its teardowns; its servers must not outlive it.
process.on('exit', () => running.forEach(child => void child.kill('SIGKILL')))

/** Starts the program in a folder, by default an empty one, so that no `.env` is read. */
function launch(t: Test, env: Environment, cwd: string) {
  const child = spawn(process.execPath, programArgs('server', env), {
    cwd,
    env: environmentWith(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.on('close', () => running.delete(child))
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    said.stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...said }))
  const stop = async (...signals: NodeJS.Signals[]) => {
    for (const signal of ['SIGSTOP', ...signals, 'SIGCONT'] as const) child.kill(signal)
    return ended
  }
  t.teardown(() => (child.exitCode === null && child.signalCode === null ? stop('SIGTERM') : ended))
  return { child, said, ended, stop }
}

/** Runs the server until it exits by itself. */
export async function runServer(t: Test, env: Environment, cwd = temporaryFolder(t)): Promise<Ended> {
  return launch(t, env, cwd).ended
}

/** Starts the server and waits until it answers; it is stopped when the test ends. */
export async function startServer(t: Test, env: Environment = {}, cwd = temporaryFolder(t)): Promise<ServerProcess> {
  const { child, said, ended, stop } = launch(t, env, cwd)
  const address = new Promise<string>(resolve => {
    child.stdout.on('data', () => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said.stdout) ?? []
      if (found) resolve(found)
    })
  })
  const url = await Promise.race([
    address,
    ended.then(({ stderr, stdout }) => Promise.reject(new Error(`the server ended: ${stderr}${stdout}`))),
  ])
  await fetch(`${url}/ready`).then(answer => answer.text())
  return { url, port: Number(new URL(url).port), child, stdout: () => said.stdout, stop }
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: any answer; the tests check it.
  json(): any
}

/** A request to a server process. */
export async function send(
  server: Pick<ServerProcess, 'url'>,
  path: string,
  request: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { token, body, headers = {} } = request
  const answer = await patientFetch(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) }
}

/**
 * Signs a new user up.
 * @returns their access token.
 */
export async function signUpAt(server: ServerProcess, username: string): Promise<string> {
  const answer = await send(server, '/signup', { body: { username, password } })
  if (answer.status !== 201) throw new Error(`sign-up of ${username}: ${answer.text}`)
  return answer.json().token
}
