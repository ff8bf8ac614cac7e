/** Shows how far a phase is. On a terminal one line is drawn over and over; elsewhere a line is printed now and then. */
export interface Progress {
  /** @param detail Short text behind the bar, for example a rate. */
  update(phase: string, done: number, total: number): void
  /** Leaves the bar's line. */
  end(): void
}

const REDRAW_MS = 100
const PRINT_MS = 5_000
const WIDTH = 28

export function terminalProgress(output: NodeJS.WriteStream, now: () => number): Progress {
  let current: { phase: string; startedAt: number; from: number } | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  const live = output.isTTY === true

  function line(phase: string, done: number, total: number, at: number): string {
    const share = total > 0 ? Math.min(1, done / total) : 0
    const filled = Math.round(share * WIDTH)
    const seconds = (at - (current?.startedAt ?? at)) / 1_000
    const speed = seconds > 0.2 ? (done - (current?.from ?? 0)) / seconds : 0
    const left = speed > 0 && total > done ? ` · ${formatSeconds((total - done) / speed)} left` : ""
    const rate = speed > 0 ? ` · ${Math.round(speed).toLocaleString("en")}/s` : ""
    const count = `${done.toLocaleString("en")}/${total.toLocaleString("en")}`
    return `${phase.padEnd(16)} ${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${String(Math.floor(share * 100)).padStart(3)}%  ${count}${rate}${left}`
  }

  return {
    update(phase, done, total) {
      const at = now()
      const isNew = current?.phase !== phase
      if (isNew) {
        if (live && current) output.write("\n")
        current = { phase, startedAt: at, from: done }
      }
      if (!isNew && done < total && at - drawnAt < (live ? REDRAW_MS : PRINT_MS)) return
      drawnAt = at
      output.write(live ? `\r\u001b[2K${line(phase, done, total, at)}` : `${line(phase, done, total, at)}\n`)
    },
    end() {
      if (live && current) output.write("\n")
      current = undefined
    },
  }
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
