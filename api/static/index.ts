/**
 * The console's files. All of them are read into memory once, when first asked for: a request picks from that list and
 * never touches the disk, so that no path can lead out of the folder.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Scripts, styles and requests of this origin only; nothing may frame the console. */
const SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

type File = { body: Buffer; gzip?: Buffer; headers: Record<string, string> }

export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * Answers GET and HEAD for the files of `folder`, and with its index.html for any other page that a browser navigates to
 * (a deep link). Returns false, and does nothing, for what is not its business.
 */
export function serveConsole(folder: string): Handler {
  let files: Map<string, File> | undefined

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const path = pathOf(request.url)
    if (path === undefined) return false
    files ??= existsSync(join(folder, 'index.html')) ? read(folder) : undefined
    if (!files) return isPage(request, path) && sayNotBuilt(response)
    const file = files.get(path === '/' ? '/index.html' : path) ?? (isPage(request, path) && files.get('/index.html'))
    if (!file) return false
    send(file, request, response)
    return true
  }
}

function pathOf(url = '/'): string | undefined {
  try {
    return decodeURIComponent(url.split(/[?#]/, 1)[0]!)
  } catch {
    return undefined
  }
}

function isPage(request: IncomingMessage, path: string): boolean {
  return extname(path) === '' && (request.headers.accept ?? '').includes('text/html')
}

function read(folder: string): Map<string, File> {
  const files = new Map<string, File>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const disk = join(entry.parentPath, entry.name)
    const path = disk.slice(folder.length).split(sep).join('/')
    const body = readFileSync(disk)
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    // Vite puts a hash of the content into the names in assets/; the others are asked for again each time.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    const headers = { 'content-type': type, 'cache-control': cache, etag, vary: 'accept-encoding', ...SECURITY }
    const gzip = type.startsWith('font/') ? undefined : gzipSync(body, { level: constants.Z_BEST_COMPRESSION })
    files.set(path, { body, gzip, headers })
  }
  return files
}

function send({ body, gzip, headers }: File, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers['if-none-match'] === headers.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const zipped = gzip && /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '')
  const content = zipped ? gzip : body
  const encoding: Record<string, string> = zipped ? { 'content-encoding': 'gzip' } : {}
  response.writeHead(200, { ...headers, ...encoding, 'content-length': content.length })
  response.end(request.method === 'HEAD' ? undefined : content)
}

function sayNotBuilt(response: ServerResponse): true {
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', ...SECURITY })
  response.end('The console is not built: `npm run console` builds it. GraphQL is at /graphql.\n')
  return true
}
