/**
 * A place where a run can be stopped: `before:` or `after:` the name of a unit (`before:sync.stage-devices`) or of a
 * carrier call (`after:carrier.change`).
 */
export type FaultPoint = `before:${string}` | `after:${string}`

export interface FaultPlanOptions {
  /** Fails once, where the point is reached for the `occurrence`th time. */
  readonly failAt?: { readonly point: FaultPoint; readonly occurrence: number }
  /** What is thrown at `failAt`. @default the failure that the wrapped port would report */
  readonly error?: Error
  /**
   * Called at every point with how often it was reached, from 1. What it throws is thrown there; a test that kills the
   * process passes `() => process.kill(process.pid, "SIGKILL")`.
   */
  readonly onPoint?: (point: FaultPoint, occurrence: number) => void | Promise<void>
}

/** Where a run shall fail, and where it went. One plan may serve several wrappers. */
export interface FaultPlan {
  /** Every point reached, in order. */
  readonly trace: readonly FaultPoint[]
  /** How often each point was reached. */
  readonly points: ReadonlyMap<FaultPoint, number>
  /** Called by the wrappers at each point. */
  reach(point: FaultPoint, portError: () => Error): Promise<void>
}

/**
 * Records the points a run goes through, and fails it at one of them.
 *
 * @example Fail the second time rows are about to be staged
 * ```ts
 * import { faultPlan } from "@altaworx/core/testing"
 *
 * const plan = faultPlan({ failAt: { point: "before:sync.stage-devices", occurrence: 2 } })
 * console.log(plan.trace.length) // 0
 * ```
 */
export function faultPlan(options: FaultPlanOptions = {}): FaultPlan {
  const trace: FaultPoint[] = []
  const points = new Map<FaultPoint, number>()
  return {
    trace,
    points,
    async reach(point, portError) {
      const occurrence = (points.get(point) ?? 0) + 1
      points.set(point, occurrence)
      trace.push(point)
      await options.onPoint?.(point, occurrence)
      if (options.failAt?.point === point && options.failAt.occurrence === occurrence) {
        throw options.error ?? portError()
      }
    },
  }
}
