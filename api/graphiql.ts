/**
 * GraphiQL at GET /graphql, with examples in its tabs. The page brings everything along, so that it works where there is no
 * internet: 9 MB of JavaScript, sent compressed, loaded when somebody first asks.
 */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Plugin } from 'graphql-yoga'
import type { Client } from '../db/client.ts'
import { authenticate } from './auth/authenticate.ts'

export const EXAMPLES = [
  `# Kith's API. Ctrl-Space completes, Ctrl-Enter runs. Every request needs the header
#   {"authorization": "Bearer <key>"}
# Everything about a person, in one query.
query Profile360 {
  profiles(first: 1, orderBy: [{ field: lastSeen, direction: DESC }]) {
    nodes {
      id
      traits
      firstSeen
      lastSeen
      identifiers { nodes { type value firstSeen } }
      events(first: 10) { totalCount nodes { occurredAt name properties } }
      labels { nodes { value since label { key } } }
      segments { nodes { since segment { key name } } }
      orders(first: 5) { totalCount nodes { number amount currency status items { nodes { sku quantity } } } }
      tickets(first: 5) { nodes { subject status } }
      consents { nodes { purpose channel state } }
      accounts { nodes { name domain } }
      transitions(first: 10) { nodes { at kind cause segment { key } label { key } toValue } }
    }
  }
}`,
  `# A segment: who looked at the pricing page three times within a week. Needs a key with the scope admin.
mutation CreateSegment {
  createSegment(
    input: {
      key: "high-intent"
      name: "High intent"
      rule: { event: { name: "Pricing Viewed", within: "P7D", count: { gte: 3 } } }
    }
  ) {
    segment { id key status }
  }
}`,
  `# Leave this running, and send the events of the next tab.
subscription SegmentEntered {
  segmentEntered {
    cursor
    at
    cause
    segment { key name }
    profile { id traits }
  }
}`,
  `# What is stored when this answers is committed.
mutation SendEvents {
  sendEvents(
    input: {
      events: [
        { type: "identify", userId: "ada", traits: { email: "ada@example.com", name: "Ada" } }
        { event: "Pricing Viewed", userId: "ada" }
        { event: "Pricing Viewed", userId: "ada" }
        { event: "Pricing Viewed", userId: "ada" }
      ]
    }
  ) {
    stored
    deduplicated
    dead { index code reason }
  }
}`,
  `# How many people are in one segment and not in another: filters combine by and, or and not.
query Overlap {
  both: profiles(filter: { and: [{ inSegment: "high-intent" }, { inSegment: "vip" }] }) { totalCount }
  onlyFirst: profiles(filter: { inSegment: "high-intent", not: { inSegment: "vip" } }) { totalCount }
  segments { nodes { key name size status complete } }
}`,
]

/** The demo's keys exist only where nobody but this machine can reach us; the page may then hold one. */
const DEMO_KEY = 'demo-admin'

export function graphiql(sql: Client): Plugin {
  const pages = new Map<boolean, Promise<Uint8Array<ArrayBuffer>>>()
  return {
    async onRequest({ request, fetchAPI, endResponse }) {
      const wanted = request.method === 'GET' && request.headers.get('accept')?.includes('text/html')
      if (!wanted) return
      const demo = await authenticate(sql, DEMO_KEY).then(
        (viewer) => viewer !== null,
        () => false,
      )
      if (!pages.has(demo)) pages.set(demo, render(demo))
      const zipped = (await pages.get(demo)) as Uint8Array<ArrayBuffer>
      const zips = request.headers.get('accept-encoding')?.includes('gzip')
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        vary: 'accept-encoding',
        'cache-control': 'no-cache',
        ...(zips && { 'content-encoding': 'gzip' }),
      }
      endResponse(new fetchAPI.Response(zips ? zipped : await promisify(gunzip)(zipped), { headers }))
    },
  }
}

async function render(demo: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const headers = JSON.stringify({ authorization: `Bearer ${demo ? DEMO_KEY : '<key>'}` }, null, 2)
  const html = renderGraphiQL({
    title: 'Kith GraphiQL',
    headers,
    defaultHeaders: headers,
    defaultTabs: EXAMPLES.map((query) => ({ query, headers })),
    shouldPersistHeaders: demo,
    subscriptionsProtocol: 'SSE',
  })
  return (await promisify(gzip)(html, { level: 6 })) as Uint8Array<ArrayBuffer>
}
