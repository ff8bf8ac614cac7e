import type { RatePlan } from "@altaworx/jasper-client"
import { parseDataVolume, parseMicroUnits } from "../../domain/mod.ts"
import type { ListedRatePlan } from "../../ports/mod.ts"

/**
 * A Control Center rate plan as a price list entry. The home zone (the first one) is what the fleet is priced by; what the
 * carrier leaves out, or writes in a form we do not know, is `null` and stays for an operator to enter.
 */
export function toListedRatePlan(plan: RatePlan): ListedRatePlan {
  const home = Object.values(plan.dataUsage?.zones ?? {})[0]
  const overage = readOverage(home?.tiers[0]?.overage, home?.tiers[0]?.overageUnit)
  return {
    name: plan.name,
    monthly: read(() => parseMicroUnits(plan.subscriptionCharge ?? "")),
    includedBytes: read(() => parseDataVolume(home?.includedData ?? "", home?.includedDataUnit ?? "")),
    // Subscribers of a pooled plan share one allowance with everybody on the same plan.
    pool: /pool/i.test(plan.type ?? "") ? plan.name : null,
    overageCost: overage?.cost ?? null,
    overageBlockBytes: overage?.blockBytes ?? null,
    overageRounding: home?.bulkOverageEnabled === true ? "block" : "exact",
    smsIncluded: null,
    smsCost: null,
    version: plan.version ?? 1,
  }
}

/** "0.10" and "GBP/MB": what one unit of overage costs. */
function readOverage(
  price: string | null | undefined,
  unit: string | null | undefined,
): { cost: number; blockBytes: number } | null {
  const per = /^\s*[A-Za-z]{3}\s*\/\s*(\d*)\s*([KMGT]?B)\s*$/.exec(unit ?? "")
  if (!per || price === null || price === undefined) return null
  return read(() => ({ cost: parseMicroUnits(price), blockBytes: parseDataVolume(per[1] || 1, per[2] ?? "") }))
}

function read<T>(parse: () => T): T | null {
  try {
    return parse()
  } catch {
    return null
  }
}
