import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'

/**
 * Claims a folder for this process until `release` or its death, however sudden: the claim is a socket in Linux's
 * abstract namespace, which the kernel removes with its process. No file can be left behind, no pid be mistaken.
 * Throws when another live process holds it, naming that process.
 */
export async function claimFolder(folder: string): Promise<{ release(): void }> {
  const name = `\0kith-${process.getuid?.()}-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`
  const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)))
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(name, done)
  }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(
      `Kith is already running in this folder (process ${await askHolder(name)}, data in ${folder}): stop that one ` +
        'first, or use another clone.',
    )
  })
  server.unref()
  return { release: () => void server.close() }
}

function askHolder(name: string): Promise<string> {
  return new Promise((done) => {
    let answer = ''
    const socket = connect(name)
    socket.setTimeout(1000, () => socket.destroy())
    socket.on('data', (chunk) => (answer += chunk))
    socket.on('error', () => {})
    socket.on('close', () => done(answer || 'unknown'))
  })
}
