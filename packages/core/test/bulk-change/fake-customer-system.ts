import type { ChangeIntent, CustomerSystem } from "../../src/ports/mod.ts"
import type { Behaviour } from "./fake-carrier.ts"

/** A customer system in memory, for the tests of this room. */
export interface FakeCustomerSystem {
  readonly system: CustomerSystem
  readonly received: readonly ChangeIntent[]
  /** Customer of each device, as the system has it. */
  readonly customers: ReadonlyMap<string, string | null>
}

export function fakeCustomerSystem(
  options: { readonly behaviour?: Behaviour; readonly active?: readonly string[]; readonly onCall?: () => void } = {},
): FakeCustomerSystem {
  const received: ChangeIntent[] = []
  const customers = new Map<string, string | null>()
  const behaviour = options.behaviour ?? "applies"
  const fact = <T>(value: T) => ({ value, source: "Fake", asOf: "2026-01-01" })
  return {
    received,
    customers,
    system: {
      capabilities: {
        changeTypes: fact(["CustomerAssignment"] as const),
        callsPerSecond: fact(10),
        concurrency: fact(1),
        readBackDeadlineMs: fact(5_000),
      },
      activeServices: async (ids) => new Set(ids.filter((id) => options.active?.includes(id))),
      async change(intent) {
        options.onCall?.()
        received.push(intent)
        if (behaviour === "refuses") return { outcome: "refused", code: "422", text: "The customer is closed" }
        const isMade = behaviour === "applies" || behaviour === "loses-reply"
        if (isMade && intent.changeType === "CustomerAssignment") {
          customers.set(intent.carrierDeviceId, intent.customerId)
        }
        const isLost = behaviour === "loses-reply" || behaviour === "loses-request"
        return isLost
          ? { outcome: "unknown", code: "network", text: "The answer was lost" }
          : { outcome: "applied", code: null, text: "OK" }
      },
      async readBack(intent) {
        const shown = customers.get(intent.carrierDeviceId) ?? null
        const wanted = intent.changeType === "CustomerAssignment" ? intent.customerId : undefined
        return { outcome: shown === wanted ? "applied" : "pending", code: null, text: "The line was read" }
      },
    },
  }
}
