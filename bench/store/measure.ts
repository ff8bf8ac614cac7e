import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Runs `work` on a new file and gives units of work per second. */
export async function ratePerSecond(
  units: number,
  work: (path: string) => Promise<() => Promise<void> | void>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
  try {
    const timed = await work(join(folder, "bench.db"))
    const startedAt = performance.now()
    await timed()
    return (units * 1_000) / (performance.now() - startedAt)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Measures both sides by turns, so that a neighbour's load falls on both, and prints the ratio of the medians. */
export async function compare(
  name: string,
  rounds: number,
  sides: { readonly raw: () => Promise<number>; readonly ours: () => Promise<number> },
  floor: number,
): Promise<boolean> {
  const raw: number[] = []
  const ours: number[] = []
  for (let i = 0; i < rounds; i++) {
    raw.push(await sides.raw())
    ours.push(await sides.ours())
  }
  const ratio = median(ours) / median(raw)
  const holds = ratio >= floor
  const whole = (value: number) => Math.round(value).toLocaleString("en").padStart(9)
  console.log(
    `${name.padEnd(38)} raw ${whole(median(raw))}/s  ours ${whole(median(ours))}/s  ratio ${ratio.toFixed(2)}  (floor ${floor.toFixed(2)})${holds ? "" : "  BELOW"}`,
  )
  return holds
}
