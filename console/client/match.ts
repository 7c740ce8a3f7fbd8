/** `match('/people/:id', '/people/42')` is `{id: '42'}`; null when it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const got = path.replace(/\/+$/, '').split('/')
  if (path === '/') got.length = 1
  if (pattern === '/') return path === '/' ? {} : null
  if (wanted.length !== got.length) return null
  const found: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(':')) found[part.slice(1)] = decode(got[index]!)
    else if (part !== got[index]) return null
  }
  return found
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
