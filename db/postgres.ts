/**
 * postgres.js, mended where it does not survive a server that goes away (3.4.9; each is open upstream):
 *
 * 1. What was about to be written when the connection closed stays in its buffer, with the timer that never fires again.
 *    The next write throws outside of any promise, or the connection hangs for good.
 * 2. A transaction that fails because its connection closed sends its ROLLBACK all the same, into nothing, or to whoever
 *    has the connection next.
 * 3. A query that the closing interrupted is rejected but not forgotten, and end() waits for it for ever.
 * 4. What was asked of a connection between its reset and its closing stays in its queue, and takes the answer of the first query
 *    of its next life, and so on: each query is given the answer of another, and the last none. Half an answer stays as well.
 * 5. The query for array types that every new connection makes is nobody's to catch, and ends the process.
 *
 * And one thing that it leaves slow: a small write waits for the acknowledgement of the one before (Nagle's algorithm), which
 * the other side may delay by 40 ms: COPY of 500 events and its commit took 47 ms, and take 21.
 *
 * The library's source is changed as it is loaded, so this file must be the only one that imports it, and whoever upgrades
 * it is told which of these to look at again.
 */
import { registerHooks } from 'node:module'

type Change = { file: string; from: string; to: string }

const CHANGES: Change[] = [
  {
    file: '/postgres/src/connection.js',
    from: 'clearImmediate(nextWriteTimer)\n    socket.removeListener',
    to: `clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = errorResponse = results = null
    rows = 0
    result = new Result()
    initial && (query = null)
    socket.removeListener`,
  },
  {
    file: '/postgres/src/connection.js',
    from: 'if (terminated)\n',
    to: "if (!socket)\n      return queryError(q, Errors.connection('CONNECTION_CLOSED', options)), true\n\n    if (terminated)\n",
  },
  {
    file: '/postgres/src/connection.js',
    from: 'return fetchArrayTypes()',
    to: 'return fetchArrayTypes().catch(() => { needsTypes = true })',
  },
  {
    file: '/postgres/src/connection.js',
    from: '!hadError && (query || sent.length) && error(',
    to: ';(query || sent.length) && error(',
  },
  {
    file: '/postgres/src/connection.js',
    from: 'closedTime = performance.now()\n',
    to: 'query = null\n    closedTime = performance.now()\n',
  },
  {
    file: '/postgres/src/connection.js',
    from: 'keep_alive && socket.setKeepAlive &&',
    to: 'socket.setNoDelay && socket.setNoDelay(true)\n      keep_alive && socket.setKeepAlive &&',
  },
  { file: '/postgres/src/index.js', from: 'let savepoints = 0\n', to: 'let savepoints = 0, lost = false\n' },
  {
    file: '/postgres/src/index.js',
    from: 'connection.onclose = reject)\n      ])\n    } catch (error) {',
    to: 'connection.onclose = (error) => { lost = true; reject(error) })\n      ])\n    } catch (error) {',
  },
  {
    file: '/postgres/src/index.js',
    from: 'await (name\n          ? sql`rollback',
    to: 'lost || await (name\n          ? sql`rollback',
  },
  {
    file: '/postgres/src/index.js',
    from: 'uncaughtError = e))\n        c.queue === full',
    to: "uncaughtError = e))\n        lost ? q.reject(Errors.connection('CONNECTION_CLOSED', options)) : c.queue === full",
  },
]

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const changes = CHANGES.filter(({ file }) => url.endsWith(file))
    if (changes.length === 0) return loaded
    const source = changes.reduce((text, { from, to }) => {
      if (text.split(from).length !== 2)
        throw new Error(`db/postgres.ts does not fit this postgres.js: ${JSON.stringify(from)} is not there once`)
      return text.replace(from, to)
    }, String(loaded.source))
    return { ...loaded, source }
  },
})

export const { default: postgres } = await import('postgres')
