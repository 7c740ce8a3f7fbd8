/** What Segment's browser SDK asks its CDN for before it sends anything, answered so that it sends to us. */
import type { IncomingMessage } from 'node:http'

/** The key of GET /v1/projects/<key>/settings; null for other paths. */
export function settingsKey({ url = '', method }: IncomingMessage): string | null {
  const [, key] = /^\/+v1\/+projects\/+([^/?]+)\/+settings\/*(?:\?|$)/.exec(url) ?? []
  if (key === undefined || method !== 'GET') return null
  try {
    return decodeURIComponent(key)
  } catch {
    return null
  }
}

/**
 * analytics-next 1.84: the destination "Segment.io" with our address, every event allowed, nothing of ours to load. The SDK
 * puts its protocol in front of apiHost, and "/t" and so on behind it.
 */
export function sdkSettings(request: IncomingMessage, key: string) {
  const { host = 'localhost', 'x-forwarded-proto': forwarded } = request.headers
  const protocol = forwarded === 'https' || (request.socket as { encrypted?: boolean }).encrypted ? 'https' : 'http'
  const allowed = { __default: { enabled: true, integrations: {} } }
  return {
    integrations: {
      'Segment.io': { apiKey: key, apiHost: `${host}/v1`, protocol, type: 'browser', bundlingStatus: 'bundled' },
    },
    plan: { track: allowed, identify: { __default: { enabled: true } }, group: { __default: { enabled: true } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  }
}
