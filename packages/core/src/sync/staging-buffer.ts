/** Collects batches and writes several of them in one unit. */
export interface StagingBuffer<B> {
  /** Takes a batch, and writes what has gathered once it is enough. */
  add(batch: B): Promise<void>
  /** Writes what is left. */
  flush(): Promise<void>
}

/**
 * Makes a buffer between a carrier's calls and the database. The reader waits for each write: no more than one unit's
 * batches are ever held, however fast the carrier answers.
 *
 * @param size Batches written together. A process that is killed reads as many again.
 * @param write Gets the batches in their order.
 */
export function stagingBuffer<B>(size: number, write: (batches: readonly B[]) => Promise<void>): StagingBuffer<B> {
  let pending: B[] = []
  const flush = async () => {
    const batches = pending
    pending = []
    if (batches.length > 0) await write(batches)
  }
  return {
    async add(batch) {
      pending.push(batch)
      if (pending.length >= size) await flush()
    },
    flush,
  }
}
