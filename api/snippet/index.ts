/** /kith.js: the snippet that pages of the tenant's customers load. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** Our own source without what only its readers need. It holds no text over several lines, so lines can be trimmed. */
export function readSnippet(): string {
  const source = readFileSync(new URL('kith.js', import.meta.url), 'utf8')
  const lines = source.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('//')).join('\n')
}

export function serveSnippet(): (request: IncomingMessage, response: ServerResponse) => void {
  const plain = Buffer.from(readSnippet())
  const zipped = gzipSync(plain, { level: 9 })
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`
  return (request, response) => {
    const zip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
    const headers = {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      vary: 'accept-encoding',
      etag,
    }
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end()
    const body = zip ? zipped : plain
    const encoding = zip ? { 'content-encoding': 'gzip' } : {}
    response.writeHead(200, { ...headers, ...encoding, 'content-length': body.length })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}
