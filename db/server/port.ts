import { createServer } from 'node:net'

/** The wanted port of 127.0.0.1 if nobody listens there, otherwise a free one. */
export async function findFreePort(wanted: number): Promise<number> {
  return (wanted > 0 && (await tryListen(wanted))) || (await tryListen(0))!
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
