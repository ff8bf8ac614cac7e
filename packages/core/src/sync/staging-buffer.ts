/** Collects batches and writes several of them in one unit, one write at a time. */
export interface StagingBuffer<B> {
  /** Takes a batch. Writes what has gathered once it is enough; the caller may go on meanwhile. */
  add(batch: B): void
  /** Writes what is left, and waits until everything is written. Throws what a write threw. */
  flush(): Promise<void>
}

/**
 * Makes a buffer between a carrier's calls and the database: the next call is on its way while the last batches are
 * written, and a failed write stops at the next `flush`.
 *
 * @param size Batches written together. A process that is killed reads at most twice as many again.
 * @param write Gets the batches in their order.
 */
export function stagingBuffer<B>(size: number, write: (batches: readonly B[]) => Promise<void>): StagingBuffer<B> {
  let pending: B[] = []
  let writing: Promise<void> = Promise.resolve()
  const start = () => {
    const batches = pending
    pending = []
    if (batches.length > 0) writing = writing.then(() => write(batches))
    // The failure is thrown at the next flush; until then it is not unheard of.
    writing.catch(() => undefined)
  }
  return {
    add(batch) {
      pending.push(batch)
      if (pending.length >= size) start()
    },
    async flush() {
      start()
      await writing
    },
  }
}
