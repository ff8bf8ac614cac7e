import { countInSteps } from "./count-in-steps.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { countPresent, markMissing } from "./missing-statements.ts"
import { whileIn } from "./run-statements.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"

/** Only a certified scan of all devices proves that a device it did not list is not there. */
export function mayMarkMissing(run: SyncRun): boolean {
  return run.certificate?.certified === true && run.certificate.scope === "all"
}

/** Devices asked about between two writes: a kill asks again about as many. */
export const ASKED_PER_UNIT = 50

/**
 * Marks devices that the inventory shows and the scan did not list. A device that was removed and added again with its old
 * date is present and never listed, so the carrier is asked about each one before it is marked.
 *
 * @returns Marks some, and gives `too_many` once more are gone than a run may mark without asking, unless somebody
 *   confirmed it. What was marked by then stays.
 */
export function missingMarker(
  run: SyncRun,
  carrier: Carrier,
  context: JobContext,
  settings: SyncSettings,
): (candidates: readonly string[]) => Promise<"marked" | "too_many"> {
  const { tenantId, serviceProviderId } = run
  let listed: number | undefined
  const isTooMany = async (missing: number) => {
    if (run.missingConfirmedAt !== null || missing <= settings.missingMinimum) return false
    listed ??= await countInSteps(context, (after, size) => countPresent(tenantId, serviceProviderId, after, size))
    return missing > Math.floor(listed * settings.missingShare)
  }
  return async (candidates) => {
    for (let start = 0; start < candidates.length; start += ASKED_PER_UNIT) {
      const absent = await askAbout(candidates.slice(start, start + ASKED_PER_UNIT), carrier, context)
      if (absent.length === 0) continue
      const statements = markMissing(run, serviceProviderId, absent, context.runtime.clock.now())
      const [counted] = await context.unit("sync.mark-missing", [...statements, whileIn(run, ["promotion"])])
      if (await isTooMany(Number(counted?.[0]?.missing))) return "too_many"
    }
    return "marked"
  }
}

async function askAbout(
  candidates: readonly string[],
  carrier: Carrier,
  context: JobContext,
): Promise<readonly { readonly carrierDeviceId: string; readonly askedAt: number }[]> {
  const absent = []
  for (const carrierDeviceId of candidates) {
    context.signal.throwIfAborted()
    const askedAt = context.runtime.clock.now()
    if (!(await carrier.get(carrierDeviceId, { signal: context.signal }))) absent.push({ carrierDeviceId, askedAt })
  }
  return absent
}
