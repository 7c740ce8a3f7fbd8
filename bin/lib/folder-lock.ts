import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while holding the lock folder `path`: at most one process of this machine at a time. Others wait, saying
 * `waiting` once. A lock whose holder has died is taken over.
 */
export async function withFolderLock<T>(path: string, waiting: string, work: () => T | Promise<T>): Promise<T> {
  let said = false
  while (!tryLock(path)) {
    if (!said) console.error(`kith: ${waiting}; waiting for it`)
    said = true
    await sleep(200)
  }
  // An exit in the middle (process.exit, an uncaught error) must not leave the lock to the next command.
  const release = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function tryLock(path: string): boolean {
  try {
    mkdirSync(path) // atomic: exactly one caller succeeds
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (isAbandoned(path)) rmSync(path, { recursive: true, force: true })
    return false
  }
  writeFileSync(join(path, 'pid'), String(process.pid))
  return true
}

function isAbandoned(path: string): boolean {
  try {
    process.kill(Number(readFileSync(join(path, 'pid'), 'utf8')), 0)
    return false
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return true
    if (code === 'EPERM') return false // alive, and somebody else's
    // No pid yet: its holder is writing it, or died within that instant.
    return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 5000
  }
}
