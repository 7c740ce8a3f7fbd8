import type { IncomingMessage } from 'node:http'

/**
 * Who sent the request, where that is a person's own browser: only browsers say an origin. Of a server it says nothing about
 * the people whose events it sends. Behind so many proxies the address is what the outermost of them was called from.
 */
export function clientOf(
  { headers, socket }: Pick<IncomingMessage, 'headers'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> },
  proxies: number,
): { ip: string | null; userAgent: string | null } | undefined {
  if (headers.origin === undefined) return undefined
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
  const ip = proxies > 0 ? forwarded.at(-proxies) : socket.remoteAddress
  return { ip: ip ?? null, userAgent: headers['user-agent'] ?? null }
}
