import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { files } from './files.ts'
import { serverEnvironment, type ServerUser } from './user.ts'

/** smart: wait for clients to leave; fast: disconnect them; immediate: like a crash, recovered at the next start. */
export type StopMode = 'smart' | 'fast' | 'immediate'

/** A running server: its first process. */
export interface Postmaster {
  pid: number
  port: number
  ended: Promise<void>
  /** Makes our event loop wait for `ended`, which by itself it does not. */
  ref(): void
}

/** The server ended instead of accepting connections. */
export class StartFailure extends Error {
  readonly portTaken: boolean
  readonly oldMemory: boolean
  constructor(dataDir: string, log: string) {
    super(
      `Postgres did not start; the end of ${files(dataDir).log} says:\n${log.trim().split('\n').slice(-8).join('\n')}`,
    )
    this.portTaken = log.includes('could not bind') || log.includes('could not create any TCP/IP sockets')
    this.oldMemory = log.includes('pre-existing shared memory block')
  }
}

const LOG_LIMIT = 16 * 1024 * 1024
const START_TIMEOUT_MS = 120_000 // recovery of a big WAL takes its time
const POLL_MS = 25

interface LaunchOptions {
  bin: string
  dataDir: string
  user: ServerUser
  port: number
}

/** Starts the server and waits until it accepts connections. Throws StartFailure with the end of its log. */
export async function launch(options: LaunchOptions): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryLaunch(options)
    } catch (error) {
      // After a kill -9 of the first process the others need a moment to notice and leave.
      if (attempt === 20 || !(error instanceof StartFailure && error.oldMemory)) throw error
      await sleep(500)
    }
  }
}

async function tryLaunch({ bin, dataDir, user, port }: LaunchOptions): Promise<Postmaster> {
  removeMistakenPidFile(dataDir)
  const { log } = files(dataDir)
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) truncateSync(log)
  const output = openSync(log, 'a', 0o600)
  const logStart = statSync(log).size
  // Its own session: Ctrl-C in the terminal reaches us, and we stop it in order, after its clients.
  const child = spawn(join(bin, 'postgres'), ['-D', dataDir], {
    ...user,
    cwd: dataDir, // see redirectTimeZones
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.unref()
  let hasEnded = false
  const ended = new Promise<void>((done, failed) => {
    child.once('error', failed)
    child.once('exit', () => {
      hasEnded = true
      done()
    })
  })
  void ended.catch(() => {})

  const deadline = Date.now() + START_TIMEOUT_MS
  while (!isReady(dataDir, child.pid)) {
    if (child.pid === undefined) await ended // throws why
    if (hasEnded) throw new StartFailure(dataDir, readFileSync(log).subarray(logStart).toString())
    if (Date.now() > deadline) {
      await stopProcess(child.pid!, 'immediate')
      throw new StartFailure(dataDir, `not ready within ${START_TIMEOUT_MS / 1000} s`)
    }
    await sleep(POLL_MS)
  }
  return { pid: child.pid!, port, ended, ref: () => child.ref() }
}

// Line 1 of postmaster.pid is the process, line 8 the state, kept up to date for pg_ctl to read.
function readPidFile(dataDir: string): string[] {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

function isReady(dataDir: string, pid: number | undefined): boolean {
  const lines = readPidFile(dataDir)
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
}

/** The process of the server that runs on this data folder, whoever started it; undefined if none does. */
export function findPostmaster(dataDir: string): number | undefined {
  const pid = Number(readPidFile(dataDir)[0])
  return pid > 1 && isAlive(pid) && isPostmaster(pid, dataDir) ? pid : undefined
}

// After a reboot the number in a stale file may be some other program's, and Postgres would refuse to start for it.
// While the number is nobody's, the file stays: Postgres checks its shared memory by it.
function removeMistakenPidFile(dataDir: string): void {
  const pid = Number(readPidFile(dataDir)[0])
  if (pid > 0 && isAlive(pid) && !isPostmaster(pid, dataDir)) rmSync(join(dataDir, 'postmaster.pid'), { force: true })
}

function isPostmaster(pid: number, dataDir: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return args.includes(dataDir) && args.some((arg) => arg.endsWith('/postgres'))
  } catch {
    return false
  }
}

const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** Signals a server's first process and resolves when it is gone. */
export async function stopProcess(pid: number, mode: StopMode): Promise<void> {
  if (!isAlive(pid)) return
  process.kill(pid, SIGNALS[mode])
  while (isAlive(pid)) await sleep(POLL_MS)
}

// A container's first process may never collect the dead it inherits: a zombie is not alive.
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat[stat.lastIndexOf(')') + 2] !== 'Z'
  } catch {
    return false
  }
}
