import { describe, expect, it } from 'vitest'
import { events } from './events.ts'
import { match } from './match.ts'

/** The messages of a stream that arrives in these pieces. */
async function read(...pieces: string[]) {
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece))
      controller.close()
    },
  })
  const found = []
  for await (const event of events(stream)) found.push(event)
  return found
}

describe('a stream of server-sent events', () => {
  it('gives each message whole, wherever the pieces were cut', async () => {
    const text = 'event: next\ndata: {"a":1}\n\n:\n\nevent: next\ndata: {"b":"ü"}\n\nevent: complete\ndata:\n\n'
    const wanted = [
      { event: 'next', data: '{"a":1}' },
      { event: 'next', data: '{"b":"ü"}' },
      { event: 'complete', data: '' },
    ]
    expect(await read(text)).toEqual(wanted)
    for (let cut = 1; cut < text.length; cut++) expect(await read(text.slice(0, cut), text.slice(cut))).toEqual(wanted)
    expect(await read(...text)).toEqual(wanted)
  })

  it('takes every line ending of the standard, and joins the lines of one message', async () => {
    const wanted = [{ event: 'next', data: 'one\ntwo' }]
    for (const end of ['\n', '\r\n', '\r'])
      expect(await read(`event: next${end}data: one${end}data: two${end}${end}`, end === '\r' ? ':\r' : '')).toEqual(
        wanted,
      )
  })

  it('leaves out what the connection broke off', async () => {
    expect(await read('event: next\ndata: whole\n\nevent: next\ndata: ha')).toEqual([{ event: 'next', data: 'whole' }])
  })
})

describe('an address', () => {
  it.each([
    ['/', '/', {}],
    ['/', '/people', null],
    ['/people', '/people/', {}],
    ['/people/:id', '/people/42', { id: '42' }],
    ['/people/:id', '/people/a%2Fb', { id: 'a/b' }],
    ['/people/:id', '/people/%E0%A4%A', { id: '%E0%A4%A' }],
    ['/people/:id', '/people', null],
    ['/segments/new', '/segments/newer', null],
  ])('%s, asked for %s', (pattern, path, found) => {
    expect(match(pattern, path)).toEqual(found)
  })
})
