const GENERATION = 125_000

/**
 * The events that an input held so far, to find one that comes twice. Bounded: the last 125,000 to 250,000 are
 * remembered; one that comes again after more than that is sent, and the API answers that it knows it.
 */
export class SeenEvents {
  readonly #generation: number
  #current = new Map<string, number>()
  #previous = new Map<string, number>()

  constructor(generation: number = GENERATION) {
    this.#generation = generation
  }

  /**
   * @param contentId what the id would be if it were made from the event: the same id with other content is no
   * duplicate but a mistake, which the API reports
   * @returns the position of the same event, if it was seen before
   */
  add(eventId: string, contentId: string, index: number): number | undefined {
    const key = eventId === contentId ? eventId : `${eventId} ${contentId}`
    const known = this.#current.get(key) ?? this.#previous.get(key)
    if (known !== undefined) return known
    if (this.#current.size >= this.#generation) {
      this.#previous = this.#current
      this.#current = new Map()
    }
    this.#current.set(key, index)
    return undefined
  }
}
