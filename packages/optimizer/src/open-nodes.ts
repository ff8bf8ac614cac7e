/** Waiting nodes in a binary heap, the one with the lowest bound first. */
export interface Waiting {
  readonly bound: number
}

export function pushNode<Node extends Waiting>(heap: Node[], node: Node): void {
  heap.push(node)
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1
    if (heap[parent]!.bound <= heap[at]!.bound) return
    ;[heap[parent], heap[at]] = [heap[at]!, heap[parent]!]
    at = parent
  }
}

export function popNode<Node extends Waiting>(heap: Node[]): Node {
  const top = heap[0]!
  const last = heap.pop()!
  if (heap.length === 0) return top
  heap[0] = last
  for (let at = 0; ; ) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && heap[child]!.bound < heap[least]!.bound) least = child
    }
    if (least === at) return top
    ;[heap[least], heap[at]] = [heap[at]!, heap[least]!]
    at = least
  }
}
