import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { install } from '../../db/server/install.ts'
import { findFreePort } from '../../db/server/port.ts'
import type { Bench } from './bench.ts'

const folder = join(import.meta.dirname, '../../.kith')
const software = {
  name: 'Redis',
  folder: 'redis',
  packages: ['redis-server', 'redis-tools'],
  bin: 'usr/bin',
  program: 'redis-server',
}

export type Redis = {
  port: number
  version: string
  /** Sends bytes as they are, over one connection. */
  send(command: Buffer): void
}

/** One of Debian's, fetched when first asked for, that keeps nothing; gone when the part is over. */
export async function startRedis(bench: Bench): Promise<Redis> {
  const bin = await install(software, { say: (line) => bench.say(line), update: (line) => bench.progress(line) })
  const port = await findFreePort(0)
  mkdirSync(folder, { recursive: true })
  const output = openSync(join(folder, 'bench-redis.log'), 'w')
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', maxclients: 15_000, dir: folder }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(join(bin, 'redis-server'), args, { stdio: ['ignore', output, output] })
  const gone = once(child, 'exit')
  bench.atEnd(async () => {
    child.kill('SIGKILL')
    await gone
  })
  let socket: Socket | undefined
  await bench.until(async () => (socket = await reach(port)) !== undefined, 'Redis (see .kith/bench-redis.log)')
  socket!.write(command('INFO', 'server'))
  const [info] = (await once(socket!, 'data')) as [Buffer]
  const version = /redis_version:(\S+)/.exec(String(info))?.[1] ?? 'unknown'
  socket!.resume()
  bench.atEnd(async () => void socket!.destroy())
  return { port, version, send: (bytes) => void socket!.write(bytes) }
}

/** In Redis's protocol: an array of texts. */
export function command(...words: string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`)
}

function reach(port: number): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(socket)).once('error', () => done(undefined))
  })
}
