/** /auth: what signs people in. */
import { ApiError } from './request.ts'

export type Choices = {
  signedIn: boolean
  provider: { name: string; url: string } | null
  demo: { role: string; email: string; password: string }[]
}

/** What there is to sign in by; and whether somebody is. */
export async function readChoices(): Promise<Choices> {
  return read(await fetch('/auth', { headers: { 'kith-session': '1' } }))
}

/** POST /auth/<what>; throws ApiError. */
export async function ask<Answer>(what: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'kith-session': '1' }
  return read(await fetch(`/auth/${what}`, { method: 'POST', headers, body: JSON.stringify(body) }))
}

async function read<Answer>(response: Response): Promise<Answer> {
  const answer = await response.json().catch(() => null)
  if (response.ok && answer) return answer
  const { code = 'UNREACHABLE', message = `Kith answered with HTTP ${response.status}.` } = answer?.error ?? {}
  throw new ApiError(code, message)
}
