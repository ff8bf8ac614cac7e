/** Where to continue a list: plain JSON. It names the next page of one list and query. */
export interface PageCheckpoint {
  readonly version: 1
  /** The list and its query, so that a checkpoint is not used on another list. */
  readonly list: string
  /** The page to read next, from 1. */
  readonly pageNumber: number
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** From 1. */
  readonly pageNumber: number
  readonly isLastPage: boolean
  /** Continue after this page; undefined on the last page. */
  readonly checkpoint: PageCheckpoint | undefined
}

/** How to read a list. */
export interface ListOptions {
  /** Continue after an earlier page. */
  readonly checkpoint?: PageCheckpoint
  readonly signal?: AbortSignal
}

/**
 * A list, read as it is consumed: nothing is requested before the first step, and nothing after `break`.
 *
 * @example
 * ```ts
 * for await (const plan of client.ratePlans.list()) console.log(plan.name)
 * for await (const page of client.ratePlans.list().pages()) store(page.items, page.checkpoint)
 * ```
 */
export interface Paged<Item> extends AsyncIterable<Item> {
  /** The same list, page by page. */
  pages(): AsyncIterable<Page<Item>>
}
