import { isJasperError, JasperError } from "./errors.ts"
import type { ListOptions, Page, PageCheckpoint, Paged } from "./paging.ts"
import { BAD_PAGE_NUMBER_CODE } from "./transport/carrier-code.ts"
import type { Answer, Caller } from "./transport/caller.ts"

/** What a list's answer holds, whatever its envelope. */
export interface RawPage<Item> {
  readonly rows: readonly Item[]
  readonly lastPage: boolean | undefined
}

/** One paged list of the carrier. */
export interface ListSpec<Item> {
  /** Below the API root, without a query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly read: (answer: Answer) => RawPage<Item>
}

/** The largest page the carrier gives. */
export const MAX_PAGE_SIZE = 50

/** No list of an account is longer; a carrier that never ends one is stopped here. */
const MAX_PAGES = 1_000_000

/**
 * A list, read forwards.
 *
 * `lastPage` was seen missing, true too early and false too late, so it only ends a page that is not full: a full page is
 * always followed by a look at the next one, and an empty page or a refused page number is the end.
 */
export function createPaged<Item>(call: Caller, spec: ListSpec<Item>, options: ListOptions = {}): Paged<Item> {
  const list = listName(spec)
  const first = firstPage(list, options.checkpoint)
  const pages = (): AsyncIterable<Page<Item>> => ({
    [Symbol.asyncIterator]: () => readPages(call, spec, list, first, options.signal),
  })
  return { pages, [Symbol.asyncIterator]: () => readItems(pages()) }
}

/**
 * Reads one page by its number.
 *
 * @returns The page; `rows: []` past the end, whichever of its two ways the carrier has to say so.
 */
export async function readPage<Item>(
  call: Caller,
  spec: ListSpec<Item>,
  pageNumber: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly page: RawPage<Item>; readonly answer: Answer | undefined; readonly attempts: number }> {
  const query = new URLSearchParams({ ...spec.query, pageNumber: String(pageNumber) })
  try {
    const answer = await call({ method: "GET", path: `${spec.path}?${query}` }, { signal })
    return { page: spec.read(answer), answer, attempts: answer.attempts }
  } catch (error) {
    if (!isPastTheEnd(error, pageNumber)) throw error
    return { page: { rows: [], lastPage: true }, answer: undefined, attempts: (error as JasperError).attempts.length }
  }
}

async function* readPages<Item>(
  call: Caller,
  spec: ListSpec<Item>,
  list: string,
  first: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Page<Item>, void, void> {
  const pageSize = Number(spec.query.pageSize ?? MAX_PAGE_SIZE)
  for (let pageNumber = first; pageNumber < first + MAX_PAGES; pageNumber++) {
    const { page } = await readPage(call, spec, pageNumber, signal)
    const { rows, lastPage } = page
    const isLastPage = rows.length === 0 || (rows.length < pageSize && lastPage !== false)
    if (rows.length > 0 || pageNumber === 1) {
      const checkpoint: PageCheckpoint | undefined = isLastPage
        ? undefined
        : { version: 1, list, pageNumber: pageNumber + 1 }
      yield { items: rows, pageNumber, isLastPage, checkpoint }
    }
    if (isLastPage) return
  }
}

async function* readItems<Item>(pages: AsyncIterable<Page<Item>>): AsyncGenerator<Item, void, void> {
  for await (const page of pages) yield* page.items
}

/** A page number past the end is refused by some releases with 400, with 10000007 or without a code. */
function isPastTheEnd(error: unknown, pageNumber: number): boolean {
  if (pageNumber === 1 || !isJasperError(error, "request.invalid") || error.status !== 400) return false
  // A gateway's own 400 in HTML is no word of the carrier.
  const isCarriers = error.body?.trimStart().startsWith("{") === true
  return error.carrierCode === BAD_PAGE_NUMBER_CODE || (error.carrierCode === undefined && isCarriers)
}

function listName<Item>(spec: ListSpec<Item>): string {
  return `${spec.path}?${new URLSearchParams({ ...spec.query })}`
}

function firstPage(list: string, checkpoint: PageCheckpoint | undefined): number {
  if (checkpoint === undefined) return 1
  const { version, pageNumber } = checkpoint
  if (version !== 1 || checkpoint.list !== list || !Number.isInteger(pageNumber) || pageNumber < 1) {
    throw new JasperError("checkpoint.invalid", "Cannot resume the list: the checkpoint is of another list or version")
  }
  return pageNumber
}
