import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onCore } from './pinning.ts'

/** Timeout for the start of a server, on a shared machine, in ms. */
const startTimeoutMs = 120_000
/** Timeout for its stop, in ms. */
const stopTimeoutMs = 15_000

const running = new Set<ChildProcess>()
const folders = new Set<string>()
const endings: (() => void)[] = []

/** However the run ends, no process and no database remain. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const ending of endings) ending()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** A temporary folder, deleted when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-bench-'))
  folders.add(folder)
  return folder
}

/** Registers a function to run at the end, before the folders are deleted. */
export function atExit(ending: () => void) {
  endings.push(ending)
}

/** The path of a program relative to this folder. */
export function fileOf(program: string): string {
  return fileURLToPath(new URL(program, import.meta.url))
}

/** How to start a process. */
export type Start = (Program | Script) & {
  core: number | 'any'
  /** Its whole environment: only PATH is inherited, so that a developer's settings have no effect. */
  env?: Record<string, string>
  /** The working folder; a server finds no `.env` in an empty one. */
  folder?: string
}

/** A program that this Node runs. */
interface Program {
  /** Relative to this folder, or a whole path. */
  program: string
  args?: readonly string[]
}

interface Script {
  /** For the shell. With `exec`, else the process is not the program's. */
  script: string
}

export interface RunningServer {
  url: string
  pid: number
  stop(): Promise<void>
}

/**
 * Starts an HTTP server on a free port and waits until it answers.
 * @throws {Error} where it ends or does not answer.
 */
export async function startServer(start: Start): Promise<RunningServer> {
  const port = await freePort()
  const child = begin({ ...start, env: { ...start.env, HOST: '127.0.0.1', PORT: String(port) } }, 'ignore')
  const url = `http://127.0.0.1:${port}`
  await answering(`${url}/health`, child)
  return { url, pid: child.pid as number, stop: () => stopped(child) }
}

export interface RunningHelper<T> {
  /** Writes to its standard input, which ends a helper's warm-up. */
  count(): void
  /** Closes its standard input, which tells a helper to finish. */
  finish(): void
  result: Promise<T>
}

/**
 * Starts a helper that writes its result to standard output as JSON.
 * @param limit timeout in ms.
 */
export function startHelper<T>(start: Start, limit: number): RunningHelper<T> {
  const child = begin(start, 'pipe')
  const tooLong = setTimeout(() => child.kill('SIGKILL'), limit)
  const finished = async () => {
    const output = await text(child.stdout as NodeJS.ReadableStream)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    clearTimeout(tooLong)
    if (child.exitCode !== 0) throw new Error(`${commandOf(start)[1]} failed (${child.exitCode ?? child.signalCode})`)
    return JSON.parse(output) as T
  }
  return { count: () => child.stdin?.write('\n'), finish: () => child.stdin?.end(), result: finished() }
}

function begin(start: Start, pipes: 'pipe' | 'ignore'): ChildProcess {
  const { core, env = {}, folder } = start
  const [command, args] = onCore(core, commandOf(start))
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: [pipes, pipes, 'inherit'],
    ...(folder !== undefined && { cwd: folder }),
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

function commandOf(start: Start): [string, ...string[]] {
  if ('script' in start) return ['sh', '-c', start.script]
  return [process.execPath, fileOf(start.program), ...(start.args ?? [])]
}

async function answering(url: string, child: ChildProcess) {
  for (const end = Date.now() + startTimeoutMs; Date.now() < end; await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode} before it answered`)
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
  }
  throw new Error(`the server did not answer within ${startTimeoutMs} ms`)
}

async function stopped(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const tooLong = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  clearTimeout(tooLong)
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
