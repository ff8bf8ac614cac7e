/** How many calls may be in flight at once. */
export interface Slots {
  areTaken(): boolean
  /** Takes one, or answers what to wait for, first come first served, until one is free. */
  take(): Promise<void> | undefined
  leave(): void
}

/** Starts with every slot free. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = []
  let taken = 0

  return {
    areTaken: () => taken >= count,
    take() {
      if (taken < count) {
        taken++
        return undefined
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    leave() {
      // A slot that somebody waits for is handed over without becoming free in between.
      const next = waiting.shift()
      if (next === undefined) taken--
      else next()
    },
  }
}
