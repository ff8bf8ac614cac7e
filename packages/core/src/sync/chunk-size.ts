import type { Clock } from "../ports/mod.ts"

/** How many rows the next chunk takes: fewer after one that took long, more after one that was quick. */
export interface ChunkSize {
  rows(): number
  /** Does a chunk's work and learns from the time it took. */
  timed<T>(work: () => Promise<T>): Promise<T>
}

// A unit is native code that lets nothing else run in the process. Every so often one brings the log into the database on top
// of its own work and takes two to three times this: 99 of 100 shall be over within 20 ms.
const AIM_MS = 7
const LEAST = 250

/**
 * Sizes chunks so that each takes about 7 ms, whatever the machine, the rows and the database's size: a shorter chunk wastes
 * time at its borders, a longer one holds up timers, requests and heartbeats of the process.
 *
 * @param most Rows of the largest chunk; the first has 1,000 or that many, if fewer. What the clock says cannot raise it.
 */
export function adaptiveChunkSize(clock: Pick<Clock, "now">, most: number): ChunkSize {
  const least = Math.min(LEAST, most)
  let rows = Math.min(most, 1_000)
  return {
    rows: () => rows,
    async timed(work) {
      const startedAt = clock.now()
      const result = await work()
      const tookMs = clock.now() - startedAt
      // At most halved and at most half as much again, so that one pause of the machine does not decide.
      const factor = Math.min(1.5, Math.max(0.5, AIM_MS / Math.max(1, tookMs)))
      rows = Math.round(Math.min(most, Math.max(least, rows * factor)))
      return result
    },
  }
}
