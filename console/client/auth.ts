/** /auth: what signs people in. */
import { ApiError } from './request.ts'
import { isPerson, signedOut } from './session.ts'

const HEADERS = { 'kith-session': '1' }

export type Choices = {
  signedIn: boolean
  provider: { name: string; url: string } | null
  demo: { role: string; email: string; password: string }[]
}

/** What there is to sign in by; and whether somebody is. */
export async function readChoices(): Promise<Choices> {
  return read(await fetch('/auth', { headers: HEADERS }))
}

/** POST /auth/<what>; throws ApiError. */
export async function ask<Answer>(what: string, body: object): Promise<Answer> {
  const headers = { ...HEADERS, 'content-type': 'application/json' }
  return read(await fetch(`/auth/${what}`, { method: 'POST', headers, body: JSON.stringify(body) }))
}

/** Here at once; a session ends at the API a moment later. */
export function signOut(): void {
  if (isPerson()) void ask('sign-out', {}).catch(() => {})
  signedOut()
}

async function read<Answer>(response: Response): Promise<Answer> {
  const answer = await response.json().catch(() => null)
  if (response.ok && answer) return answer
  const { code = 'UNREACHABLE', message = `Kith answered with HTTP ${response.status}.` } = answer?.error ?? {}
  throw new ApiError(code, message)
}
