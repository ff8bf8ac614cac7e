import { isCoreError } from "../errors/mod.ts"
import { listDevicesToRead, recordDevices, recordLineFacts } from "../inventory/mod.ts"
import type { JobContext, JobRequest, JobResult } from "../jobs/mod.ts"
import type { Carrier, ListedDevice } from "../ports/mod.ts"
import { FINALIZE_SYNC, type FinalizePayload, READ_DETAILS, type ReadDetailsPayload } from "./job-types.ts"
import { awaitRows, completeRows } from "./rows-to-process.ts"
import { rowsToProcess } from "./statements.ts"

/** Devices that one unit asks for, or stores; and reads that one job makes before the next one goes on. */
const LISTED_AT_ONCE = 2_000
const READ_AT_ONCE = 20
const READ_BY_ONE_JOB = 500

/**
 * Makes finalize wait for devices whose activation date is needed and not known: those that may have been activated since
 * `since`. No list tells it, so each is read alone.
 *
 * @returns Whether there are any.
 */
export async function askForDetails(run: FinalizePayload, since: number, context: JobContext): Promise<boolean> {
  const { tenantId, runtime } = context
  const scope = { tenantId, serviceProviderId: run.serviceProviderId }
  let isAny = false
  for (let after = ""; ; ) {
    context.signal.throwIfAborted()
    const carrierDeviceIds = await listDevicesToRead(context, { ...scope, since, after, limit: LISTED_AT_ONCE })
    if (carrierDeviceIds.length === 0) return isAny
    await context.unit("finalize.await-details", [awaitRows({ ...scope, carrierDeviceIds }, runtime.clock.now())])
    isAny = true
    after = carrierDeviceIds.at(-1) ?? after
  }
}

/** What reads the devices that are waited for. */
export function readDetailsJob(run: FinalizePayload, tenantId: string, after = ""): JobRequest {
  const type = READ_DETAILS as JobRequest["type"]
  return { type, tenantId, id: `${run.syncRunId}.details.${after}`, payload: { ...run, after } }
}

/**
 * Reads devices that finalize waits for, one after the other in their order, and lets it go on once it came to the last. One
 * that cannot be read stays in line: finalize waits for it as long as its settings say, and counts it as not refreshed.
 */
export async function readDetails(
  { after: from, ...run }: ReadDetailsPayload,
  context: JobContext,
  carrierFor: (tenantId: string, serviceProviderId: string) => Promise<Carrier>,
): Promise<JobResult> {
  const { tenantId, runtime, signal } = context
  const scope = { tenantId, serviceProviderId: run.serviceProviderId }
  const carrier = await carrierFor(tenantId, run.serviceProviderId)
  let after = from
  for (let read = 0; read < READ_BY_ONE_JOB; read += READ_AT_ONCE) {
    const rows = await context.store.rows<{ id: string }>(rowsToProcess(scope, after, READ_AT_ONCE))
    if (rows.length === 0) {
      const type = FINALIZE_SYNC as JobRequest["type"]
      const payload: FinalizePayload = { ...run, retryCount: Math.max(1, run.retryCount) }
      return { next: [{ type, tenantId, id: `${run.syncRunId}.finalize.details`, payload }] }
    }
    const devices: ListedDevice[] = []
    const done: string[] = []
    const reads = await Promise.allSettled(rows.map(({ id }) => carrier.get(id, { signal })))
    signal.throwIfAborted()
    const failure = reads.find((one) => one.status === "rejected" && isOfTheAccount(one.reason))
    for (const [at, one] of reads.entries()) {
      if (one.status === "rejected") continue
      done.push(rows[at]?.id ?? "")
      // A device that the carrier does not know any more is the next sync's business.
      if (one.value) devices.push(one.value)
    }
    await context.unit("finalize.store-details", [
      recordDevices(
        scope,
        devices.map((device) => ({ device })),
        runtime.clock.now(),
      ),
      recordLineFacts(scope, devices.flatMap(activationOf)),
      completeRows({ ...scope, carrierDeviceIds: done }),
    ])
    if (failure?.status === "rejected") throw failure.reason
    after = rows.at(-1)?.id ?? after
  }
  return { next: [readDetailsJob(run, tenantId, after)] }
}

/** Whether a read failed for a reason that the next one meets too: more of them would only be more failures. */
function isOfTheAccount(error: unknown): boolean {
  return isCoreError(error, "carrier.credentials") || isCoreError(error, "carrier.unavailable")
}

function activationOf({ carrierDeviceId, details }: ListedDevice) {
  return details?.activatedAt === undefined ? [] : [{ carrierDeviceId, activatedAt: details.activatedAt }]
}
