/** Postgres or the connection had a bad moment; the same work may well succeed in the next. */
export function isTransient(error: unknown): boolean {
  const code = (error as { code?: string })?.code ?? ''
  return /^(08|40|53|57|CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT)/.test(code) || code === '55P03'
}

const MOST_LENGTH = 4000

/** The queue keeps an error's message only; an operator wants the code and the place as well. */
export function describeError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const { code } = error as { code?: unknown }
  const text = `${error.message}${code ? ` (${code})` : ''}`
  const place = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return Object.assign(new Error([text, ...place].join('\n').slice(0, MOST_LENGTH), { cause: error }), {
    stack: error.stack,
  })
}
