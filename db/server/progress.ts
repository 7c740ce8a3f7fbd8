/** Where a long step tells the person waiting what it is doing. */
export interface Progress {
  /** A line that stays. */
  say(line: string): void
  /** A line about how far the step is, replaced by whatever comes next. */
  update(line: string): void
}

export const silent: Progress = { say() {}, update() {} }

const PLAIN_UPDATE_INTERVAL_MS = 5000

/** One updating line on a terminal; in a log file, plain lines and an update every 5 s at most. */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (stream.isTTY) {
    return {
      say: (line) => void stream.write(`\r\x1b[K${line}\n`),
      update: (line) => void stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`),
    }
  }
  let next = Date.now() + PLAIN_UPDATE_INTERVAL_MS
  return {
    say: (line) => void stream.write(`${line}\n`),
    update(line) {
      if (Date.now() < next) return
      next = Date.now() + PLAIN_UPDATE_INTERVAL_MS
      stream.write(`${line}\n`)
    },
  }
}
