import { describe, expect } from "vitest"
import { billingPeriodAt } from "../../src/domain/mod.ts"
import { controlCenterConnectors } from "../../src/carriers/control-center/mod.ts"
import { rulesFor } from "../../src/finalize/integration.ts"
import type { JobRequest, QueueMessage } from "../../src/jobs/mod.ts"
import { isScheduled } from "../../src/optimization/start/billing-clock.ts"
import { projectUsage } from "../../src/optimization/load/fleet.ts"
import { jointProblems } from "../../src/optimization/group/joint-problems.ts"
import { optimizationMessages } from "../../src/optimization/mod.ts"
import { planSequences } from "../../src/optimization/group/plan-sequences.ts"
import { DEFAULT_OPTIMIZATION_SETTINGS } from "../../src/optimization/settings.ts"
import { pickWinner } from "../../src/optimization/solve/solve-problem.ts"
import { usableRatePlans } from "../../src/optimization/load/usable-rate-plans.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { defect } from "./defect.ts"

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)
const MONTH = { startsAt: START, endsAt: START + 30 * DAY, timeZone: "UTC" }
const stored = (name: string) => ({
  id: name,
  serviceProviderId: "p",
  name,
  monthly: 1,
  rateCharge: 0,
  planType: null,
  includedBytes: 1_024,
  pool: null,
  overageCost: 0,
  overageBlockBytes: null,
  overageRounding: "exact" as const,
  smsIncluded: 0,
  smsCost: 0,
  version: 1,
})

/** Usage as it is optimized: bytes that were read at an instant, and the date that the carrier gave with them. */
type Project = (bytes: number, readAt: number, carrierDate: number | null) => number
const project: Project = (bytes, readAt) =>
  projectUsage({ bytes, usageAt: readAt, isActive: true }, MONTH, "legacy", readAt).projectedBytes
const legacyProject = (bytes: number, date: number | null): number => {
  const at = date ?? MONTH.endsAt
  return at >= MONTH.endsAt || at < MONTH.startsAt ? bytes : (bytes * 30 * DAY * 1.01) / (at - MONTH.startsAt)
}

describe("rules of the earlier system that we reject", () => {
  defect(
    1,
    "15 plans are permuted in a bounded number of sequences",
    {
      ours: (names: readonly string[]) => {
        const usable = usableRatePlans(names.map(stored))
        const cohort = { communicationPlan: "C", ratePlan: names[0] as string, isBillable: true, deviceCount: 2 }
        const plans = [{ name: "C", permittedRatePlans: names }]
        const { problems } = jointProblems([cohort], plans, usable, 30)
        return planSequences(problems[0]!, 0, [2], DEFAULT_OPTIMIZATION_SETTINGS)[0]?.sequences.length ?? 0
      },
      legacy: (names: readonly string[]) => names.reduce((product, _, at) => product * (at + 1), 1),
    },
    (queueItems) => {
      const count = queueItems(Array.from({ length: 15 }, (_, at) => `P${at}`))
      expect(count).toBeGreaterThan(0)
      expect(count).toBeLessThan(10_000)
    },
  )

  defect<Project>(
    2,
    "usage is projected once",
    {
      ours: project,
      legacy: (bytes, readAt) => legacyProject(legacyProject(bytes, readAt), readAt),
    },
    (rule) => expect(rule(100_000_000, START + 15 * DAY, null)).toBe(202_000_000),
  )

  defect<Project>(
    3,
    "usage that was read at the very start of the period is taken as it is",
    {
      ours: project,
      legacy: (bytes, readAt) => legacyProject(bytes, readAt),
    },
    (rule) => expect(rule(7, START, START)).toBe(7),
  )

  defect<Project>(
    4,
    "usage without a date is projected from when it was read",
    {
      ours: project,
      legacy: (bytes, _, carrierDate) => legacyProject(bytes, carrierDate),
    },
    (rule) => expect(rule(100_000_000, START + 15 * DAY, null)).toBe(202_000_000),
  )

  interface Rival {
    readonly cost: bigint
    readonly moveCount: number
  }
  const rivals: readonly Rival[] = [
    { cost: 5n, moveCount: 9 },
    { cost: 5n, moveCount: 2 },
    { cost: 7n, moveCount: 0 },
  ]
  defect(
    10,
    "the winner does not depend on which candidate came first",
    {
      ours: (all: readonly Rival[]): Rival =>
        pickWinner(all.map((one) => ({ ...one, name: "certified" as const, assignment: [] }))),
      // What is strictly lower than what was read before is recorded.
      legacy: (all: readonly Rival[]): Rival => all.reduce((best, one) => (one.cost < best.cost ? one : best)),
    },
    (winner) => {
      for (const order of [rivals, rivals.toReversed()]) expect(winner(order)).toMatchObject({ cost: 5n, moveCount: 2 })
    },
  )

  type Winner = (
    all: readonly { readonly id: number; readonly cost: bigint | null; readonly moves: number }[],
  ) => number | null
  defect<Winner>(
    11,
    "of equally cheap ones the one with the fewest moves wins, and of none there is no winner",
    {
      ours: (all) => {
        const priced = all.flatMap(({ id, cost, moves }) =>
          cost === null ? [] : [{ id, cost, moveCount: moves, name: "certified" as const, assignment: [] }],
        )
        return priced.length === 0 ? null : (pickWinner(priced) as unknown as { id: number }).id
      },
      legacy: (all) =>
        all.filter(({ cost }) => cost !== null).toSorted((a, b) => Number(a.cost! - b.cost!))[0]?.id ?? 0,
    },
    (winner) => {
      expect(winner([{ id: 1, cost: null, moves: 0 }])).toBeNull()
      expect(
        winner([
          { id: 1, cost: 5n, moves: 3 },
          { id: 2, cost: 5n, moves: 1 },
        ]),
      ).toBe(2)
    },
  )

  const schedule = { endDay: 3, endHour: 0, timeZone: "UTC" }
  const due = (startHour: number | null, now: number) => isScheduled(billingPeriodAt(schedule, now), startHour, now)
  defect(
    16,
    "a provider without a start hour is not scheduled, and is no error",
    {
      ours: due,
      legacy: (startHour: number | null, now: number) => {
        if (startHour === null) throw new TypeError("Nullable object must have a value")
        return due(startHour, now)
      },
    },
    (isDue) => expect(isDue(null, Date.UTC(2026, 1, 26, 12))).toBe(false),
  )

  defect(
    17,
    "a period that ends early next month is scheduled at the end of this one",
    {
      ours: due,
      // Only periods of the current UTC month are looked at.
      legacy: (startHour: number | null, now: number) => {
        const endsAt = Date.UTC(new Date(now).getUTCFullYear(), new Date(now).getUTCMonth(), schedule.endDay)
        return now < endsAt && endsAt - now < 8 * DAY && new Date(now).getUTCHours() >= (startHour ?? 0)
      },
    },
    (isDue) => expect(isDue(6, Date.UTC(2026, 1, 26, 12))).toBe(true),
  )

  const message = (attributes: Record<string, string>): QueueMessage => ({ id: "m", attributes, body: "" })
  defect(
    18,
    "a message without a tenant is refused, not taken for tenant 1",
    {
      ours: (one: QueueMessage): string => optimizationMessages.translate(one)[0]?.tenantId ?? "",
      legacy: (one: QueueMessage): string => one.attributes["TenantId"] ?? "1",
    },
    (tenantOf) => {
      expect(() => tenantOf(message({ ServiceProviderId: "p", BillPeriodId: "b" }))).toThrow(/TenantId/)
      expect(tenantOf(message({ ServiceProviderId: "p", BillPeriodId: "b", TenantId: "t" }))).toBe("t")
    },
  )

  defect(
    21,
    "communication plans that permit the same rate plans are one group, in whatever order they list them",
    {
      ours: (permitted: readonly (readonly string[])[]) => {
        const plans = permitted.map((permittedRatePlans, at) => ({ name: `C${at}`, permittedRatePlans }))
        const cohorts = plans.map(({ name }) => ({
          communicationPlan: name,
          ratePlan: "1",
          isBillable: true,
          deviceCount: 1,
        }))
        return jointProblems(cohorts, plans, usableRatePlans(["1", "2"].map(stored)), 30).groupCount
      },
      legacy: (permitted: readonly (readonly string[])[]) => new Set(permitted.map((one) => one.join(","))).size,
    },
    (groups) =>
      expect(
        groups([
          ["1", "2"],
          ["2", "1"],
        ]),
      ).toBe(1),
  )

  const account = { baseUrl: "https://carrier.example", username: "u", apiKey: "k" }
  const runtime = testRuntime({ seed: 1, startAt: START })
  defect(
    27,
    "every account of the family goes the whole way: it starts the optimization, and takes its rate plan changes",
    {
      ours: (type: string) => {
        const carrier = controlCenterConnectors()[type as "Jasper"](account, runtime)
        const takes = carrier.capabilities.changeTypes.value.includes("CarrierRatePlanChange")
        return rulesFor(type, {}).startsOptimization && takes
      },
      // Rogers is let in, and then has no case of its own where the changes are handed on.
      legacy: (type: string) => {
        const isStarted = ["Jasper", "POD19", "TMobileJasper", "Rogers"].includes(type)
        switch (type) {
          case "Jasper":
          case "POD19":
          case "TMobileJasper":
            return isStarted
          default:
            return false
        }
      },
    },
    (goes) => expect(["Jasper", "POD19", "TMobileJasper", "Rogers"].map(goes)).toEqual([true, true, true, true]),
  )

  type Date_ = (text: string) => number | null
  defect<Date_>(
    30,
    "a date means the same on every host, or nothing",
    {
      ours: (text) => {
        const attributes = { ServiceProviderId: "p", BillPeriodId: "b", TenantId: "t", LastSyncDate: text }
        const [job] = optimizationMessages.translate(message(attributes)) as readonly [JobRequest]
        return (job.payload as { readonly lastSyncDate: number | null }).lastSyncDate
      },
      // The text is read in the host's culture, and taken for UTC whatever it says.
      legacy: (text) => Date.parse(`${text.replace(/Z|[+-]\d\d:\d\d$/, "")}`.replace("T", " ") + " UTC"),
    },
    (read) => {
      expect(read("02/03/2026 10:00")).toBeNull()
      expect(read("2026-02-03T10:00:00+02:00")).toBe(Date.UTC(2026, 1, 3, 8))
    },
  )
})
