/** The parameters that every compiled statement takes, and the constants it adds: no text of a rule is ever part of the SQL. */
/** The people that are asked about; or the accounts. */
export const SUBJECTS_ASKED = '$1::uuid[]'
export const AT = '$2::timestamptz'
export const TIMEZONE = '$3::text'
const FIRST_CONSTANT = 4

export class Parameters {
  /** $4, $5, ...: texts that Postgres reads as the type of their cast. */
  private readonly values: string[] = []
  private readonly known = new Map<string, string>()
  private readonly computed: string[] = []

  /** A place-holder with a cast; equal constants share one. */
  add(value: string, type: string): string {
    const key = `${type} ${value}`
    let holder = this.known.get(key)
    if (!holder) {
      this.values.push(value)
      holder = `$${FIRST_CONSTANT + this.values.length - 1}::${type}`
      this.known.set(key, holder)
    }
    return holder
  }

  /** The column of a value that depends on the instant alone and is computed once: every FROM joins `once`. */
  once(sql: string): string {
    const known = this.computed.indexOf(sql)
    return `once.v${known === -1 ? this.computed.push(sql) - 1 : known}`
  }

  /** The CTE of what `once` was asked for, one row; an InitPlan each would cost more than a hundred rules' conditions. */
  onceCte(): string {
    return `once AS MATERIALIZED (\nSELECT ${this.computed.map((sql, n) => `${sql} AS v${n}`).join(', ')}\n)`
  }

  /** The statement with the constants it names and no others: Postgres cannot tell the type of one that is not there. */
  finish(text: string): { text: string; parameters: string[] } {
    const parameters: string[] = []
    const renumbered = new Map<string, string>()
    const finished = text.replaceAll(/\$\d+/g, (holder) => {
      const n = Number(holder.slice(1))
      if (n < FIRST_CONSTANT) return holder
      let found = renumbered.get(holder)
      if (!found) {
        found = `$${FIRST_CONSTANT + parameters.push(this.values[n - FIRST_CONSTANT]!) - 1}`
        renumbered.set(holder, found)
      }
      return found
    })
    return { text: finished, parameters }
  }

  /** Text is compared in Unicode's normal form C. */
  text(value: string): string {
    return this.add(value.normalize('NFC'), 'text')
  }

  texts(values: string[]): string {
    return this.add(toArray(values.map((value) => value.normalize('NFC'))), 'text[]')
  }

  number(value: number): string {
    return this.add(String(value), 'numeric')
  }

  json(value: unknown): string {
    return this.add(JSON.stringify(value), 'jsonb')
  }

  path(path: string): string {
    return this.add(toArray(path.split('.')), 'text[]')
  }
}

function toArray(values: string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
