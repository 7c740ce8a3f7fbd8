import { spawn, type SpawnOptions } from 'node:child_process'

/** Runs a program to its end and returns what it printed. Throws an Error with its complaint if it fails. */
export function run(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (errors += chunk))
    child.on('error', failed)
    child.on('close', (code, signal) => {
      if (code === 0) done(output)
      else failed(new Error(`${program} ${args[0] ?? ''} failed (${signal ?? code}): ${(errors || output).trim()}`))
    })
  })
}

/** Whether a program exists and ends well. */
export function succeeds(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<boolean> {
  return run(program, args, options).then(
    () => true,
    () => false,
  )
}
