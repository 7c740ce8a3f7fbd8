import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { percentile } from './statistics.ts'

/** Milliseconds of an 8 kB write made durable in `folder`: no commit that waits for its own flush is faster than that. */
export function measureFdatasync(folder: string, samples = 300): { p50: number; p99: number; samples: number } {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'fdatasync')
  const file = openSync(path, 'w')
  const page = Buffer.alloc(8192, 'x')
  const times: number[] = []
  try {
    // Written over, not appended: WAL segments too have their full size from the start.
    for (let n = -10; n < samples; n++) {
      const started = performance.now()
      writeSync(file, page, 0, page.length, 0)
      fdatasyncSync(file)
      if (n >= 0) times.push(performance.now() - started)
    }
  } finally {
    closeSync(file)
    rmSync(path)
  }
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), samples }
}
