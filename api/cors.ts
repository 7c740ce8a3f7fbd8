import type { IncomingMessage, ServerResponse } from 'node:http'

const DAY_S = '86400'

export function allowOrigins(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', 'x-request-id, retry-after')
  if (request.method !== 'OPTIONS') return
  response.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS')
  const wanted = request.headers['access-control-request-headers']
  response.setHeader('access-control-allow-headers', wanted ?? 'authorization, content-type, content-encoding')
  response.setHeader('access-control-max-age', DAY_S)
}
