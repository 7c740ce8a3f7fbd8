import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What Linux counts in: hundredths of a second, whatever the kernel's clock. */
const TICK_MS = 10

/** Processor time that a process has used, in milliseconds; steadier than the clock where others work too. NaN elsewhere than on Linux. */
export function cpuMs({ pid }: ChildProcess): number {
  try {
    // Behind the name, which may contain anything: state is the first, utime and stime the twelfth and thirteenth.
    const [, fields = ''] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    const [user, system] = fields.split(' ').slice(11, 13).map(Number)
    return (user! + system!) * TICK_MS
  } catch {
    return Number.NaN
  }
}
