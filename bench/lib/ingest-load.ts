// The load of bench/ingest.ts, in a process of its own: makes all requests beforehand, and sends them when told to.

import { Agent, request } from 'node:http'
import { asJson, smallEvent } from './small-events.ts'

export type LoadOrder = {
  door: 'http' | 'graphql'
  port: number
  key: string
  events: number
  perRequest: number
  connections: number
}

let order: LoadOrder | undefined
let bodies: Buffer[] = []

process.on('message', async (message: LoadOrder | 'go') => {
  if (message !== 'go') {
    order = message
    bodies = prepare(message)
    process.send!('prepared')
    return
  }
  process.send!({ stored: await send(order!, bodies) })
})
process.on('disconnect', () => process.exit())

function prepare({ door, events, perRequest }: LoadOrder): Buffer[] {
  const result: Buffer[] = []
  for (let from = 0; from < events; from += perRequest) {
    const count = Math.min(perRequest, events - from)
    const list = Array.from({ length: count }, (_, n) => asJson(smallEvent(from + n, events))).join(',')
    const query =
      'mutation Send($events: [EventInput!]!) { sendEvents(input: {events: $events}) { stored deduplicated } }'
    const body =
      door === 'http' ? `{"batch":[${list}]}` : `{"query":${JSON.stringify(query)},"variables":{"events":[${list}]}}`
    result.push(Buffer.from(body))
  }
  return result
}

/** Resolves to how many were stored; throws at the first answer that is not 200. */
async function send({ door, port, key, connections }: LoadOrder, bodies: Buffer[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const headers: Record<string, string> =
    door === 'http'
      ? { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }
      : { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const path = door === 'http' ? '/v1/batch' : '/graphql'
  let next = 0
  let stored = 0
  const connection = async () => {
    while (next < bodies.length) {
      const answer = await post({ agent, port, path, headers }, bodies[next++]!)
      stored += door === 'http' ? answer.stored : answer.data.sendEvents.stored
    }
  }
  await Promise.all(Array.from({ length: connections }, connection))
  agent.destroy()
  return stored
}

function post(
  to: { agent: Agent; port: number; path: string; headers: Record<string, string> },
  body: Buffer,
): Promise<any> {
  return new Promise((resolve, reject) => {
    const headers = { ...to.headers, 'content-length': String(body.length) }
    const call = request({ ...to, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`Expected 200; found ${response.statusCode}: ${text.slice(0, 300)}`))
      })
    })
    call.on('error', reject)
    call.end(body)
  })
}
