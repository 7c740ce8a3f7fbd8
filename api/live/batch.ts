import { Loaders } from '../loaders/index.ts'

/**
 * What was read from the feed together. All subscribers of the tenant that tell of it share its loaders: a profile that
 * entered a segment is read once, whether one subscriber asks for its fields or ten thousand do.
 */
export class Batch {
  readonly #tenant: ConstructorParameters<typeof Loaders>[0]
  #loaders: Loaders | undefined

  constructor(tenant: ConstructorParameters<typeof Loaders>[0]) {
    this.#tenant = tenant
  }

  get loaders(): Loaders {
    this.#loaders ??= new Loaders(this.#tenant)
    return this.#loaders
  }
}
