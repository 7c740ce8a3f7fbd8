/** The parameters of a statement that is put together from parts: each part adds its values and gets their names. */
export class Parameters {
  readonly values: unknown[]

  constructor(first: readonly unknown[] = []) {
    this.values = [...first]
  }

  /** '$7' for the value, to be followed by a cast. */
  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}
