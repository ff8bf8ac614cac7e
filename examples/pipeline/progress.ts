/** Shows how far a phase is. On a terminal one line is drawn over and over; elsewhere a line is printed now and then. */
export interface Progress {
  /** @param total `null` while nobody knows how much there is. */
  update(phase: string, done: number, total: number | null): void
  /** Leaves the bar's line. */
  end(): void
}

const REDRAW_MS = 100
const PRINT_MS = 5_000
const WIDTH = 28

interface Shown {
  readonly phase: string
  readonly startedAt: number
  /** What was done when the phase was first seen: a run that goes on does not begin at 0. */
  readonly from: number
  done: number
  total: number | null
}

export function terminalProgress(output: NodeJS.WriteStream, now: () => number): Progress {
  const live = output.isTTY === true
  let shown: Shown | undefined
  let drawnAt = 0

  function draw(current: Shown, isOver: boolean): void {
    drawnAt = now()
    const text = lineOf(current, drawnAt)
    output.write(live ? `\r\u001b[2K${text}${isOver ? "\n" : ""}` : `${text}\n`)
  }

  /** Draws the phase that ends as what it is: complete, since the next one began. */
  function finish(): void {
    if (!shown) return
    draw({ ...shown, done: shown.total ?? shown.done }, true)
    shown = undefined
  }

  return {
    update(phase, done, total) {
      if (shown?.phase !== phase) {
        finish()
        shown = { phase, startedAt: now(), from: done, done, total }
        if (live) draw(shown, false)
        else drawnAt = now()
        return
      }
      shown.done = done
      shown.total = total
      if (now() - drawnAt >= (live ? REDRAW_MS : PRINT_MS)) draw(shown, false)
    },
    end: finish,
  }
}

function lineOf({ phase, startedAt, from, done, total }: Shown, at: number): string {
  const seconds = (at - startedAt) / 1_000
  const speed = seconds > 0.2 ? (done - from) / seconds : 0
  const rate = speed >= 1 ? ` · ${count(Math.round(speed))}/s` : ""
  if (total === null) return `${phase.padEnd(16)} ${count(done)}${rate}`
  const share = total > 0 ? Math.min(1, done / total) : 0
  const filled = Math.round(share * WIDTH)
  const bar = `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}`
  const left = speed > 0 && done < total ? ` · ${formatSeconds((total - done) / speed)} left` : ""
  return `${phase.padEnd(16)} ${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${count(done)}/${count(total)}${rate}${left}`
}

function count(value: number): string {
  return value.toLocaleString("en")
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
