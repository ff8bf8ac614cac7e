/** Usage of one SIM part-way through a cycle. Instants are epoch milliseconds. */
export interface UsageObservation {
  /** KB used since the cycle began. */
  readonly usage: number
  /** When that was counted; `null`: unknown, taken as the end of the cycle. */
  readonly observedAt: number | null
  readonly cycleStartsAt: number
  /** Exclusive end of the cycle, after its start. */
  readonly cycleEndsAt: number
}

/** How to carry usage to the end of the cycle. */
export interface ForecastOptions {
  /**
   * `proportional`: the same rate for the rest of the cycle. `legacy`: that times 1.01, as the earlier system did.
   * @default "proportional"
   */
  readonly method?: "proportional" | "legacy"
  /** False for SIMs that will use nothing more (deactivated, retired). @default true */
  readonly isActive?: boolean
}

/** Usage at the end of the cycle, KB, whole numbers. */
export interface Forecast {
  /** The most likely value: what goes into a problem's `usage`. */
  readonly usage: number
  /** A band around it; never below what is already used. Narrows as the cycle goes on. */
  readonly low: number
  readonly high: number
  /** False where there was nothing to project from: the observed usage is returned as it is. */
  readonly isProjected: boolean
}

const LEGACY_MARGIN = 1.01
const DAY_MS = 86_400_000

/**
 * Projects cycle-to-date usage to the end of the cycle.
 *
 * Usage is projected once, from an observation, never from an earlier forecast. It is returned unchanged if the observation lies
 * outside the cycle or at its very first instant, where there is no rate to go by. The band is a rule of thumb: the part still to come,
 * give or take one part in the square root of the days observed.
 *
 * @throws {RangeError} If the cycle does not end after it starts, or usage is negative or not a number.
 *
 * @example
 * ```ts
 * forecast({ usage: 102_400, observedAt: day15, cycleStartsAt, cycleEndsAt }).usage // 204_800 for a 30-day cycle
 * ```
 */
export function forecast(observation: UsageObservation, options: ForecastOptions = {}): Forecast {
  const { usage, observedAt, cycleStartsAt, cycleEndsAt } = observation
  if (!(usage >= 0 && Number.isFinite(usage))) {
    throw new RangeError(`Cannot forecast: usage must be 0 or more, got ${usage}`)
  }
  if (!(cycleEndsAt > cycleStartsAt)) {
    throw new RangeError(`Cannot forecast: cycle must end after ${cycleStartsAt}, got ${cycleEndsAt}`)
  }
  const at = observedAt ?? cycleEndsAt
  const elapsed = at - cycleStartsAt
  if (options.isActive === false || !(elapsed > 0) || at >= cycleEndsAt) {
    const seen = Math.round(usage)
    return { usage: seen, low: seen, high: seen, isProjected: false }
  }
  const factor = ((cycleEndsAt - cycleStartsAt) / elapsed) * (options.method === "legacy" ? LEGACY_MARGIN : 1)
  const projected = usage * factor
  const doubt = (projected - usage) / Math.sqrt(Math.max(1, elapsed / DAY_MS))
  return {
    usage: Math.round(projected),
    low: Math.round(Math.max(usage, projected - doubt)),
    high: Math.round(projected + doubt),
    isProjected: true,
  }
}
