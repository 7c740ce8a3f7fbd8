import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '../..')
const GRACE_MS = 15_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
const HEALTHY_AFTER_MS = 60_000

const COLORS = { api: 36, relay: 35, worker: 33, migrate: 32, demo: 34 } as Record<string, number>

/** A child that is started again whenever it ends, with a growing pause, until it is stopped. */
export interface Service {
  /** SIGTERM, and SIGKILL 15 s later; resolves when it is gone. */
  stop(): Promise<void>
}

/** Keeps bin/<name>.ts running. */
export function keepRunning(name: string, env: NodeJS.ProcessEnv): Service {
  let child: ChildProcess | undefined
  const stopping = new AbortController()

  const loop = async () => {
    let pause = FIRST_PAUSE_MS
    while (!stopping.signal.aborted) {
      const started = Date.now()
      child = start(name, env)
      const end = await ended(child)
      if (stopping.signal.aborted) return
      if (Date.now() - started > HEALTHY_AFTER_MS) pause = FIRST_PAUSE_MS
      console.error(`kith: ${name} ended (${end}); starting it again in ${pause / 1000} s`)
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {})
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }
  const done = loop()

  return {
    async stop() {
      stopping.abort()
      child?.kill('SIGTERM')
      const killer = setTimeout(() => child?.kill('SIGKILL'), GRACE_MS)
      await done
      clearTimeout(killer)
    },
  }
}

/** Runs bin/<name>.ts once; resolves with whether it ended well. */
export async function runOnce(name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await ended(start(name, env))) === 'exit code 0'
}

// In a process group of its own: Ctrl-C in the terminal reaches only us, and we decide the order in which things end.
function start(name: string, env: NodeJS.ProcessEnv): ChildProcess {
  const leash = join(import.meta.dirname, 'leash.ts')
  const child = spawn(process.execPath, ['--import', leash, join(root, 'bin', `${name}.ts`)], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const prefix = process.stdout.isTTY ? `\x1b[${COLORS[name] ?? 37}m${name.padEnd(6)}\x1b[0m ` : `${name.padEnd(6)} `
  createInterface({ input: child.stdout! }).on('line', (line) => process.stdout.write(`${prefix}${line}\n`))
  createInterface({ input: child.stderr! }).on('line', (line) => process.stderr.write(`${prefix}${line}\n`))
  return child
}

// 'close' comes when the output is read to its end too, so that the last words are not lost.
function ended(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (code, signal) => done(signal ?? `exit code ${code}`))
  })
}
