/** Kith's own processes, spawned as in production, for tests that kill them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export type KithProcess = {
  child: ChildProcess
  /** What it has said so far. */
  output(): string
  /** SIGKILL: no time for a last word. */
  kill(): Promise<void>
  /** SIGTERM; resolves to its exit code. */
  stop(): Promise<number | null>
}

/** Runs bin/<name>.ts, or another script of the project, with these variables. */
export function startProcess(script: string, env: Record<string, string>): KithProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', script)], {
    env: { ...process.env, NODE_OPTIONS: '', VITEST: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exit = once(child, 'exit')
    child.kill(signal)
    return (await exit)[0] as number | null
  }
  return { child, output: () => output, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
}
