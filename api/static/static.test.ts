import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serveConsole } from './index.ts'

const home = mkdtempSync(join(tmpdir(), 'kith-static-'))
const folder = join(home, 'dist')
const script = `console.log(${JSON.stringify('x'.repeat(5000))})`
mkdirSync(join(folder, 'assets'), { recursive: true })
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Kith</title>')
writeFileSync(join(folder, 'assets/main-abc123.js'), script)
writeFileSync(join(home, 'secret.txt'), 'secret')
symlinkSync(join(home, 'secret.txt'), join(folder, 'assets/link.txt'))

const handler = serveConsole(folder)
const server = createServer((request, response) => {
  if (!handler(request, response)) response.writeHead(404).end('not the console')
})
beforeAll(() => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)))
afterAll(() => {
  server.close()
  rmSync(home, { recursive: true })
})

type Got = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }

/** Not fetch, which would tidy the path up before it is sent. */
function get(path: string, headers: Record<string, string> = { accept: 'text/html' }, method = 'GET'): Promise<Got> {
  const { port } = server.address() as AddressInfo
  return new Promise((done, fail) => {
    httpRequest({ port, path, headers, method }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () =>
        done({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
      .on('error', fail)
      .end()
  })
}

it('serves the index at / and at any page that is linked to', async () => {
  for (const path of ['/', '/people/0199ad3c', '/segments?status=active']) {
    const { status, body, headers } = await get(path)
    expect([path, status, String(body)]).toEqual([path, 200, '<!doctype html><title>Kith</title>'])
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(headers['x-content-type-options']).toBe('nosniff')
  }
})

it('keeps what carries a hash in its name for good, compresses it, and answers 304 to who has it', async () => {
  const whole = await get('/assets/main-abc123.js', {})
  expect(whole.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(String(whole.body)).toBe(script)
  const zipped = await get('/assets/main-abc123.js', { 'accept-encoding': 'br, gzip' })
  expect(zipped.headers['content-encoding']).toBe('gzip')
  expect(zipped.body.length).toBeLessThan(500)
  expect(String(gunzipSync(zipped.body))).toBe(script)
  const again = await get('/assets/main-abc123.js', { 'if-none-match': String(whole.headers.etag) })
  expect([again.status, again.body.length]).toEqual([304, 0])
  const head = await get('/', { accept: 'text/html' }, 'HEAD')
  expect([head.status, head.body.length]).toEqual([200, 0])
})

it('leaves to others what is not a page: files that are not there, other methods, requests for JSON', async () => {
  for (const [path, headers, method] of [
    ['/assets/old-999.js', { accept: '*/*' }, 'GET'],
    ['/favicon.ico', { accept: 'text/html' }, 'GET'],
    ['/people', { accept: 'application/json' }, 'GET'],
    ['/people', { accept: 'text/html' }, 'POST'],
    ['/%E0%A4%A', { accept: 'text/html' }, 'GET'],
  ] as const) {
    expect([path, (await get(path, headers, method)).status]).toEqual([path, 404])
  }
})

it('never reads outside its folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//etc/passwd',
    '/assets/link.txt',
  ]) {
    const { body } = await get(path)
    expect(`${path}: ${String(body)}`).not.toMatch(/: (secret|root:)/)
  }
})

it('says how to build the console when it is not built', async () => {
  const unbuilt = serveConsole(join(home, 'nowhere'))
  const said: { status?: number; text?: string } = {}
  const response = {
    writeHead: (status: number) => void (said.status = status),
    end: (text: string) => void (said.text = text),
  }
  expect(unbuilt({ method: 'GET', url: '/', headers: { accept: 'text/html' } } as never, response as never)).toBe(true)
  expect(said).toEqual({ status: 503, text: expect.stringContaining('npm run console') })
})
