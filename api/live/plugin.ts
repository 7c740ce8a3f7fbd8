/** Has subscriptions told together (together.ts) and, over HTTP, written together (event-stream.ts). */
import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import { AccessWatch } from './access.ts'
import { EVENT_STREAM_HEADERS, EventStream } from './event-stream.ts'
import { subscribeTogether, Telling } from './together.ts'

export function useTogether(): Plugin {
  const tellings = new WeakMap<Request, Telling>()
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const told = await subscribeTogether(args)
        if (!(told instanceof Telling)) return told
        const { request, sql, viewer } = args.contextValue as Context & { request: Request }
        tellings.set(request, told)
        AccessWatch.of(sql).watch(told, request.headers, viewer)
        return told
      })
    },
    onResultProcess({ request, resultProcessor, setResultProcessor }) {
      const telling = tellings.get(request)
      // Without one the caller accepts no event stream, and is told so.
      if (!telling || !resultProcessor) return
      setResultProcessor(
        (_result, { Response }) => new Response(new EventStream(telling) as never, { headers: EVENT_STREAM_HEADERS }),
        'text/event-stream',
      )
    },
  }
}
