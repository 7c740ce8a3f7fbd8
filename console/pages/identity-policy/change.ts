/** From the form's fields to what updateIdentifierType takes. */
import type { IdentifierNormaliser, UpdateIdentifierTypeInput } from '../../client/schema.ts'

/** How the values of a kind are read. */
export const READ_AS: Record<IdentifierNormaliser, string> = {
  VERBATIM: 'As it is',
  LOWER: 'In lower case',
  EMAIL: 'As an e-mail address',
  PHONE: 'As a phone number',
}

/** A form without a field means: as it is built in. */
export function changeOf(form: FormData, key: string): UpdateIdentifierTypeInput {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const number = (name: string) => (text(name) === '' ? null : Number(text(name)))
  return {
    key,
    normaliser: text('normaliser') as UpdateIdentifierTypeInput['normaliser'],
    country: text('country').toUpperCase() || null,
    priority: number('priority'),
    max: number('max'),
    peopleLimit: number('peopleLimit'),
    shared: form.get('shared') === 'on',
    blocked: linesOf(text('blocked')),
    weights: Object.fromEntries(
      [...form]
        .filter(([name, value]) => name.startsWith('weight ') && String(value).trim() !== '')
        .map(([name, value]) => [name.slice('weight '.length), Number(value)]),
    ),
  }
}

export function linesOf(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean)
}
