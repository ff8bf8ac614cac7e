import { parseIccid } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import { contentHash, hasListedDevices, SHARED_HASH_LENGTH } from "../inventory/mod.ts"
import type { JobContext, JobResult } from "../jobs/mod.ts"
import type { Carrier, ListedDevice, ScanBatch, ScanCertificate } from "../ports/mod.ts"
import { SYNC_DEVICES, SYNC_USAGE, syncJobRequest } from "./jobs.ts"
import { endSlice, enterPhase, whileAt } from "./run-statements.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"
import { countInSteps } from "./count-in-steps.ts"
import { stagingBuffer } from "./staging-buffer.ts"
import {
  type AlikeDevices,
  type Content,
  countStaged,
  discardLeftovers,
  discardScan,
  hasLeftovers,
  restartScan,
  saveCertificate,
  saveScanProgress,
  stageDevices,
} from "./staging-statements.ts"

interface AskedBatch extends ScanBatch {
  /** Before the carrier was asked for it: what was read of a device later than this is newer. */
  readonly askedAt: number
}

/**
 * Reads the device list into staging, batch by batch; each batch and the checkpoint behind it are one unit, so a run that
 * stops anywhere goes on after the last batch it stored. Ends the phase with the scan's certificate.
 *
 * A scan that cannot prove that it saw every device starts over.
 *
 * @throws {CoreError} `sync.not_certified` when the last scan allowed cannot prove it either.
 */
export async function readDevices(
  run: SyncRun,
  carrier: Carrier,
  context: JobContext,
  settings: SyncSettings,
): Promise<JobResult> {
  if (run.mode === "full" && run.checkpoint === null) await discardEndedRuns(run, context)
  if (run.restarts > 0 && run.checkpoint === null) await discardFirstScan(run, context)
  const { clock } = context.runtime
  let stored = run.checkpoint
  let counted: number | undefined
  const count = async () => (counted ??= await countInSteps(context, (after, size) => countStaged(run, after, size)))
  const staging = stagingBuffer<AskedBatch>(settings.pagesPerUnit, async (batches) => {
    const last = batches.at(-1) as AskedBatch
    counted = undefined
    await context.unit("sync.stage-devices", [
      whileAt(run, "devices", stored, last.checkpoint),
      ...stageDevices(run, alikeDevices(batches.flatMap(({ rows }) => rows)), batches[0]?.askedAt ?? clock.now()),
      saveScanProgress(run, { checkpoint: last.checkpoint, pages: last.pagesRead, pagesExpected: last.pagesExpected }),
    ])
    stored = last.checkpoint
  })
  const scan = carrier.list({
    scope: run.lookback,
    mayMarkMissing: await mayMarkMissing(run, context),
    signal: context.signal,
    countStored: async () => {
      await staging.flush()
      return count()
    },
    ...(run.modifiedSince !== null && { since: run.modifiedSince }),
    ...(run.checkpoint !== null && { checkpoint: run.checkpoint }),
  })
  for (let pages = 1; ; pages++) {
    const askedAt = clock.now()
    const step = await scan.next()
    if (step.done) {
      await staging.flush()
      return endScan(run, step.value, { context, settings, count })
    }
    await staging.add({ ...step.value, askedAt })
    if (pages >= settings.pagesPerSlice) {
      await staging.flush()
      await scan.return(undefined as never)
      const slices = run.slices + 1
      return {
        statements: [endSlice(run)],
        next: [syncJobRequest(SYNC_DEVICES, { ...run, slices }, `devices.${run.restarts}.${slices}`)],
      }
    }
  }
}

// Rows of one statement: bounds how long it holds the database.
const DISCARDED_PER_UNIT = 2_000

/** Staging of the provider's ended runs goes, and what they promoted and never published. */
async function discardEndedRuns(run: SyncRun, context: JobContext): Promise<void> {
  const { tenantId, serviceProviderId } = run
  for (;;) {
    const [left] = await context.store.rows<{ found: number }>(hasLeftovers(tenantId, serviceProviderId))
    if (!left?.found) return
    await context.unit("sync.discard-staging", discardLeftovers(tenantId, serviceProviderId, DISCARDED_PER_UNIT))
  }
}

/** What a scan staged that could not be certified goes, before the next one stages anything. */
async function discardFirstScan(run: SyncRun, context: JobContext): Promise<void> {
  for (let isLeft = true; isLeft; ) {
    const [, discarded] = await context.unit("sync.discard-staging", [
      whileAt(run, "devices", null, ""),
      discardScan(run, DISCARDED_PER_UNIT),
    ])
    isLeft = (discarded ?? []).length > 0
  }
}

/** A first sync has nothing to miss. */
async function mayMarkMissing(run: SyncRun, context: JobContext): Promise<boolean> {
  if (run.mode !== "full" || run.lookback !== "all") return false
  return hasListedDevices(context, run.tenantId, run.serviceProviderId)
}

async function endScan(
  run: SyncRun,
  certificate: ScanCertificate,
  {
    context,
    settings,
    count,
  }: { readonly context: JobContext; readonly settings: SyncSettings; readonly count: () => Promise<number> },
): Promise<JobResult> {
  if (certificate.certified) {
    return {
      statements: [
        saveCertificate(run, JSON.stringify(certificate), await count()),
        enterPhase(run, "devices", "usage"),
      ],
      // Named after the scan, since a scan that was begun anew meanwhile ends here too, without effect.
      next: [syncJobRequest(SYNC_USAGE, run, `usage.${run.restarts}`)],
    }
  }
  if (run.restarts >= settings.scanRestarts) {
    throw new CoreError(
      "sync.not_certified",
      `Cannot certify the device list: ${certificate.reason ?? "no reason given"}`,
    )
  }
  return {
    statements: [restartScan(run)],
    next: [
      {
        ...syncJobRequest(SYNC_DEVICES, run, `devices.${run.restarts + 1}`),
        runAt: context.runtime.clock.now() + settings.restartDelayMs,
      },
    ],
  }
}

/** Puts devices together of which the list says the same. Of one that is listed twice the later word counts. */
function alikeDevices(listed: readonly ListedDevice[]): readonly AlikeDevices[] {
  const last = new Map<string, ListedDevice>()
  for (const device of listed) last.set(device.carrierDeviceId, device)
  const groups = new Map<string, AlikeDevices & { readonly carrierDeviceIds: string[] }>()
  const contents = new Map<string, Content>()
  for (const [carrierDeviceId, device] of last) {
    const rejection = rejectionOf(device)
    const hash = contentHash(device)
    // Of a million rows nearly none is refused: their hash is enough, and makes no new text for each.
    const key = rejection === null ? hash : `${hash} ${rejection}`
    const alike = groups.get(key)
    if (alike) {
      alike.carrierDeviceIds.push(carrierDeviceId)
      continue
    }
    const shared = hash.slice(0, SHARED_HASH_LENGTH)
    const content = contents.get(shared) ?? { ...device, contentHash: shared }
    contents.set(shared, content)
    const iccid = device.iccid === carrierDeviceId ? null : device.iccid
    groups.set(key, { content, iccid, contentHash: hash, rejection, carrierDeviceIds: [carrierDeviceId] })
  }
  return [...groups.values()]
}

/** What keeps a single row out of the inventory. Rules that compare rows run over the whole staging, before promotion. */
function rejectionOf(device: ListedDevice): string | null {
  if (device.status === "unknown") return "unknown_status"
  if (device.ratePlan === null) return "missing_rate_plan"
  try {
    parseIccid(device.iccid)
    return null
  } catch {
    return "invalid_iccid"
  }
}
