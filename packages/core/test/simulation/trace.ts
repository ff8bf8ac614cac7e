/** What happened in a run, line by line: the same for the same seed, byte for byte. */
export interface Trace {
  readonly lines: readonly string[]
  /** `who` is a process with its incarnation, `worker-1.2`, or the world. */
  add(who: string, what: string): void
}

export function openTrace(now: () => number): Trace {
  const lines: string[] = []
  const startedAt = now()
  return {
    lines,
    add(who, what) {
      lines.push(`${String(Math.floor(now() - startedAt)).padStart(9)} ms  ${who.padEnd(10)} ${what}`)
    },
  }
}

/** The lines that matter to a reader: all that is not merely a point passed, and the points right before each of them. */
export function readableTrace(lines: readonly string[], context = 2): readonly string[] {
  const matters = (line: string | undefined) => line !== undefined && !/ (before|after):\S+$/.test(line)
  const kept = lines.map((_, i) => lines.slice(i, i + context + 1).some(matters))
  return lines.flatMap((line, i) => (kept[i] ? [line] : i > 0 && kept[i - 1] ? ["          …"] : []))
}
