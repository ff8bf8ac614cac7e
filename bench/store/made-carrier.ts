import type { Carrier, ListedDevice, ScanCertificate } from "@altaworx/core/ports"

export interface MadeFleet {
  readonly devices: number
  /** Share of the devices, 0 to 1, that are on another rate plan than in a fleet of the same size that has 0 here. */
  readonly changed: number
  /** Share of the devices, 0 to 1, that are not there. */
  readonly missing: number
}

const PAGE = 50
const PLANS = ["Flex 1MB", "Flex 8MB"]

const COMMUNICATION_PLANS = Array.from({ length: 5 }, (_, index) => `Communication ${index}`)

// Little is made for a row and thrown away again, so that the peak of a run is the sync's own.
const iccidAt = (index: number) => `8901260${index + 123_000_000_000}`

function deviceAt(fleet: MadeFleet, index: number): ListedDevice {
  const iccid = iccidAt(index)
  const isChanged = index % 1_000 < fleet.changed * 1_000
  return {
    carrierDeviceId: iccid,
    iccid,
    status: "active",
    carrierStatus: "ACTIVATED",
    ratePlan: PLANS[isChanged ? 1 : 0] ?? null,
    communicationPlan: COMMUNICATION_PLANS[index % 5] ?? null,
  }
}

// From the other end of each thousand than the changed ones, so that both shares are whole.
const isThere = (fleet: MadeFleet, index: number) => 999 - (index % 1_000) >= fleet.missing * 1_000

/** A carrier that makes its answers as they are asked for and holds nothing. */
export function madeCarrier(fleet: MadeFleet): Carrier {
  const indexes = fleet.devices
  return {
    capabilities: {} as Carrier["capabilities"],
    async *list(request) {
      const pages = Math.ceil(indexes / PAGE)
      for (let page = Number(request.checkpoint ?? 0); page < pages; page++) {
        const rows: ListedDevice[] = []
        for (let i = page * PAGE; i < Math.min(indexes, (page + 1) * PAGE); i++) {
          if (isThere(fleet, i)) rows.push(deviceAt(fleet, i))
        }
        yield { rows, checkpoint: String(page + 1), pagesRead: page + 1, pagesExpected: pages }
      }
      await request.countStored()
      const certificate: ScanCertificate = {
        certified: true,
        reason: null,
        scope: request.scope,
        method: "made",
        calls: pages,
        pages,
        rows: indexes,
        duplicates: 0,
        rounds: 1,
        startedAt: 0,
        finishedAt: 0,
        assumptions: [],
      }
      return certificate
    },
    async get(carrierDeviceId) {
      const index = Number(carrierDeviceId.slice(10))
      return isThere(fleet, index) ? deviceAt(fleet, index) : undefined
    },
    ratePlans: async () =>
      PLANS.map((name) => ({
        name,
        monthly: 1_000_000,
        includedBytes: 1_048_576,
        pool: name,
        overageCost: 100_000,
        overageBlockBytes: 1_048_576,
        overageRounding: "exact",
        smsIncluded: 0,
        smsCost: 0,
        version: 1,
      })),
    async *usage() {
      for (let from = 0, pagesRead = 1; from < indexes; from += PAGE, pagesRead++) {
        const rows = []
        for (let i = from; i < Math.min(indexes, from + PAGE); i++) {
          if (isThere(fleet, i)) {
            const bytes = i * 1_000 + (i % 1_000 < fleet.changed * 1_000 ? 1 : 0)
            rows.push({ carrierDeviceId: iccidAt(i), part: "1/Home", bytes, smsCount: 0 })
          }
        }
        yield { rows, checkpoint: String(pagesRead), pagesRead }
      }
    },
    change: () => Promise.reject(new Error("not part of a sync")),
    readBack: () => Promise.reject(new Error("not part of a sync")),
  }
}
