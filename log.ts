/** One line per happening, in logfmt: `time=... level=info msg="slot created" slot=kith`. No personal data, no secrets. */
import { config } from './config.ts'

export type LogFields = Record<string, string | number | boolean | bigint | null | undefined | Error>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

function write(level: LogLevel, msg: string, fields: LogFields = {}): void {
  if (RANK[level] < RANK[config.LOG_LEVEL]) return
  const pairs = Object.entries({ time: new Date().toISOString(), level, msg, ...fields })
  const line = pairs.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${format(value)}`)
  process[level === 'error' || level === 'warn' ? 'stderr' : 'stdout'].write(`${line.join(' ')}\n`)
}

function format(value: LogFields[string]): string {
  const text = value instanceof Error ? (value.stack ?? value.message) : String(value)
  return /^[^\s="]+$/.test(text) ? text : JSON.stringify(text)
}

export const log = {
  debug: (msg: string, fields?: LogFields) => write('debug', msg, fields),
  info: (msg: string, fields?: LogFields) => write('info', msg, fields),
  warn: (msg: string, fields?: LogFields) => write('warn', msg, fields),
  error: (msg: string, fields?: LogFields) => write('error', msg, fields),
}
