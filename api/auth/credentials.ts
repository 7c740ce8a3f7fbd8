/** The key that a request carries: the user of basic auth (its password is ignored), or a bearer token. '' without one. */
export function keyOf(authorization: string | undefined): string {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+) *$/.exec(authorization ?? '') ?? []
  switch (scheme.toLowerCase()) {
    case 'basic':
      return Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0] ?? ''
    case 'bearer':
      return value
    default:
      return ''
  }
}
