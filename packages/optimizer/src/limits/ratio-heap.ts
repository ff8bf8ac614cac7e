/** Columns by a ratio each, the least at hand. */
export interface RatioHeap {
  readonly columns: Int32Array
  readonly ratios: Float64Array
  count: number
}

export function newRatioHeap(size: number): RatioHeap {
  return { columns: new Int32Array(size), ratios: new Float64Array(size), count: 0 }
}

/** Orders columns that were put in as they came. */
export function heapify(heap: RatioHeap): void {
  for (let at = (heap.count >> 1) - 1; at >= 0; at--) sink(heap, at)
}

/** Takes the least out. */
export function dropLeast(heap: RatioHeap): void {
  const last = --heap.count
  heap.columns[0] = heap.columns[last]!
  heap.ratios[0] = heap.ratios[last]!
  sink(heap, 0)
}

/** Moves an entry whose ratio has grown to its place. */
export function sink({ columns, ratios, count }: RatioHeap, from: number): void {
  const column = columns[from]!
  const ratio = ratios[from]!
  let at = from
  for (let child = 2 * at + 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && ratios[child + 1]! < ratios[child]!) child++
    if (ratios[child]! >= ratio) break
    columns[at] = columns[child]!
    ratios[at] = ratios[child]!
    at = child
  }
  columns[at] = column
  ratios[at] = ratio
}

export function insert(heap: RatioHeap, column: number, ratio: number): void {
  const { columns, ratios } = heap
  let at = heap.count++
  for (let parent = (at - 1) >> 1; at > 0 && ratios[parent]! > ratio; parent = (at - 1) >> 1) {
    columns[at] = columns[parent]!
    ratios[at] = ratios[parent]!
    at = parent
  }
  columns[at] = column
  ratios[at] = ratio
}
