import { adaptiveChunkSize } from "./chunk-size.ts"
import { countInSteps } from "./count-in-steps.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { countPresent, markMissing, missingCandidates } from "./missing-statements.ts"
import { getSyncRun } from "./start-sync-run.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"

// Devices asked about between two writes: a kill asks again about as many.
const ASKED_PER_UNIT = 50

/** Only a certified scan of all devices proves that a device it did not list is not there. */
export function mayMarkMissing(run: SyncRun): boolean {
  return run.certificate?.certified === true && run.certificate.scope === "all"
}

/**
 * Looks for devices that the inventory lists and the scan did not. A device that was removed and added again with its old
 * date is present and never listed, so the carrier is asked about each one before it is marked.
 *
 * @returns `too_many` once more are gone than a run may mark without asking, unless somebody confirmed it. What was found
 *   by then is kept.
 */
export async function findMissing(
  run: SyncRun,
  carrier: Carrier,
  context: JobContext,
  settings: SyncSettings,
): Promise<"found" | "too_many"> {
  const { serviceProviderId } = run
  let listed: number | undefined
  const allowed = async () => {
    if (run.missingConfirmedAt !== null) return Number.POSITIVE_INFINITY
    listed ??= await countInSteps(context, (after, size) => countPresent(run.tenantId, serviceProviderId, after, size))
    return Math.floor(listed * settings.missingShare)
  }
  const size = adaptiveChunkSize(context.runtime.clock, settings.promotionChunk)
  for (let after = ""; ; ) {
    const [chunk] = await size.timed(async () => {
      const rows = await context.store.rows<{ last: string | null; absent: string }>(
        missingCandidates(run, serviceProviderId, after, size.rows()),
      )
      await context.runtime.clock.yield()
      return rows
    })
    if (!chunk?.last) return "found"
    const candidates = JSON.parse(chunk.absent) as readonly string[]
    for (let start = 0; start < candidates.length; start += ASKED_PER_UNIT) {
      const absent = await askAbout(candidates.slice(start, start + ASKED_PER_UNIT), carrier, context)
      if (absent.length === 0) continue
      const now = context.runtime.clock.now()
      await context.unit("sync.mark-missing", markMissing(run, serviceProviderId, absent, now))
      const { missing } = await getSyncRun(context, run.tenantId, run.id)
      if (missing > settings.missingMinimum && missing > (await allowed())) return "too_many"
    }
    after = chunk.last
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
