import { listOptimizationResults, type OptimizationResult } from "../../src/optimization/mod.ts"
import type { ListedRatePlan } from "../../src/ports/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { seededRandom } from "../../src/testing/mod.ts"
import { MB, openTestWorld, TENANT, type TestDevice, type TestFleet, testPlan } from "./world.ts"

/** One provider with a fleet, and nobody who listens; results come in small pages. */
export async function openWorld(fleet: TestFleet, wrap: (store: Store) => Store = (store) => store) {
  const world = await openTestWorld(fleet, { wrap, listens: false })
  const results = async (sessionId: string, movesOnly = false) => {
    const rows: OptimizationResult[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listOptimizationResults>> = await listOptimizationResults(world.core, {
        tenantId: TENANT,
        sessionId,
        limit: 3,
        movesOnly,
        ...(after !== null && { after }),
      })
      rows.push(...page.results)
      after = page.next
    } while (after !== null)
    return rows
  }
  return { ...world, results }
}

/** What a fleet costs by the words of the format, without any code of the product: plain BigInt, one SIM at a time. */
export function independentCost(fleet: TestFleet, assignment: readonly string[]): bigint {
  const plans = new Map(fleet.plans.map((row) => [row.name, testPlan(row)]))
  const pools = new Map<string, { net: bigint; terms: ListedRatePlan }>()
  let cost = 0n
  const kb = (bytes: number | null) => BigInt(Math.floor((bytes ?? 0) / 1024))
  const overage = (net: bigint, { overageCost, overageBlockBytes, overageRounding }: ListedRatePlan) => {
    const block = kb(overageBlockBytes)
    if (net <= 0n) return 0n
    return overageRounding === "block"
      ? ((net + block - 1n) / block) * BigInt(overageCost ?? 0)
      : (2n * net * BigInt(overageCost ?? 0) + block) / (2n * block)
  }
  fleet.devices.forEach(({ bytes }, at) => {
    const terms = plans.get(assignment[at] ?? "") as ListedRatePlan
    const net = BigInt(Math.ceil(bytes / 1024)) - kb(terms.includedBytes)
    cost += BigInt(terms.monthly ?? 0)
    if (terms.pool === null) cost += overage(net, terms)
    else pools.set(terms.pool, { net: (pools.get(terms.pool)?.net ?? 0n) + net, terms })
  })
  for (const { net, terms } of pools.values()) cost += overage(net, terms)
  return cost
}

export function cheapestByForce(
  fleet: TestFleet,
  permitted = (device: TestDevice) => fleet.permitted[device.communicationPlan ?? ""] ?? [],
) {
  let best: bigint | undefined
  const walk = (assignment: readonly string[]) => {
    const device = fleet.devices[assignment.length]
    if (device === undefined) {
      const cost = independentCost(fleet, assignment)
      if (best === undefined || cost < best) best = cost
      return
    }
    for (const name of permitted(device)) walk([...assignment, name])
  }
  walk([])
  return best as bigint
}

export const currentCost = (fleet: TestFleet) =>
  independentCost(
    fleet,
    fleet.devices.map(({ ratePlan }) => ratePlan ?? ""),
  )

/** Two communication plans that permit different plans of one pool: what one leaves over, the other can use. */
export const SHARED_POOL: TestFleet = {
  plans: [
    { name: "Pool S", monthly: 1_000_000, includedBytes: 10 * MB, pool: "P", overageCost: 150_000 },
    { name: "Pool M", monthly: 2_500_000, includedBytes: 30 * MB, pool: "P", overageCost: 150_000 },
    { name: "Pool L", monthly: 4_100_000, includedBytes: 60 * MB, pool: "P", overageCost: 150_000 },
  ],
  permitted: { Cars: ["Pool S", "Pool M"], Meters: ["Pool L", "Pool S"] },
  devices: [
    { id: "1", ratePlan: "Pool M", communicationPlan: "Cars", bytes: 44 * MB },
    { id: "2", ratePlan: "Pool M", communicationPlan: "Cars", bytes: 3 * MB },
    { id: "3", ratePlan: "Pool L", communicationPlan: "Meters", bytes: 1 * MB },
    { id: "4", ratePlan: "Pool L", communicationPlan: "Meters", bytes: 12 * MB },
  ],
}

export function randomFleet(seed: number): TestFleet {
  const random = seededRandom(seed)
  const pick = (most: number) => Math.floor(random() * most)
  const plans = Array.from({ length: 4 }, (_, at) => ({
    name: `Plan ${at}`,
    monthly: (1 + pick(9)) * 500_000,
    includedBytes: (1 + pick(30)) * MB,
    pool: at < 2 ? "P" : null,
    overageCost: at < 2 ? 400_000 : (1 + pick(8)) * 100_000,
    overageRounding: at === 3 ? ("block" as const) : ("exact" as const),
  }))
  const names = plans.map(({ name }) => name)
  const permitted = { A: names.slice(0, 3), B: [names[3]!, names[1]!], C: [names[2]!, names[3]!] }
  const devices = Array.from({ length: 6 }, (_, at) => {
    const communicationPlan = ["A", "B", "C"][pick(3)] as "A" | "B" | "C"
    const from = permitted[communicationPlan]
    return { id: `d${at}`, communicationPlan, ratePlan: from[pick(from.length)] as string, bytes: pick(60 * MB) }
  })
  return { plans, permitted, devices }
}
