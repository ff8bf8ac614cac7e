// A fleet in two states, for processes that sync it and processes that read it meanwhile.
import { type Carrier, type ListedDevice, systemRuntime } from "../../src/ports/mod.ts"
import { openStore, type Platform } from "../../src/store/mod.ts"
import { createClient } from "../../src/store/node/mod.ts"

export const FLEET_TENANT = "1"

const deviceOf = (index: number, ratePlan: string): ListedDevice => {
  const iccid = `89${String(index).padStart(17, "0")}`
  return {
    carrierDeviceId: iccid,
    iccid,
    status: "active",
    carrierStatus: "ACTIVATED",
    ratePlan,
    communicationPlan: "Metering",
  }
}

/** Before: 300 devices on plan A that used 1 byte each. After: the first ten are gone, ten are new, all are on B and used 2. */
export function fleetCarrier(state: "before" | "after"): Carrier {
  const from = state === "before" ? 0 : 10
  const devices = Array.from({ length: 300 }, (_, i) => deviceOf(from + i, state === "before" ? "A" : "B"))
  const plan = { monthly: 1, includedBytes: 1, pool: null, overageCost: 1, overageBlockBytes: 1 }
  return {
    capabilities: {} as Carrier["capabilities"],
    async *list(request) {
      yield { rows: devices, checkpoint: "1", pagesRead: 1, pagesExpected: 1 }
      await request.countStored()
      return {
        certified: true,
        reason: null,
        scope: request.scope,
        method: "made",
        calls: 1,
        pages: 1,
        rows: devices.length,
        duplicates: 0,
        rounds: 1,
        startedAt: 0,
        finishedAt: 0,
        assumptions: [],
      }
    },
    get: async (id) => devices.find(({ carrierDeviceId }) => carrierDeviceId === id),
    ratePlans: async () =>
      ["A", "B"].map((name) => ({
        ...plan,
        name,
        overageRounding: "exact",
        smsIncluded: 0,
        smsCost: 0,
        version: 1,
      })),
    async *usage() {
      const bytes = state === "before" ? 1 : 2
      const rows = devices.map(({ carrierDeviceId }) => ({ carrierDeviceId, part: "1", bytes, smsCount: 0 }))
      yield { rows, checkpoint: "1", pagesRead: 1 }
    },
    change: () => Promise.reject(new Error("not part of a sync")),
    readBack: () => Promise.reject(new Error("not part of a sync")),
  }
}

export async function openPlatform(url: string): Promise<Platform> {
  const runtime = systemRuntime()
  return { runtime, store: await openStore({ url, createClient, runtime }) }
}
