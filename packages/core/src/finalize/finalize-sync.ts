import { CoreError } from "../errors/mod.ts"
import {
  countDevicesWithUsage,
  countListedDevices,
  eachReconcileChunk,
  findUnknownCommunicationPlans,
  getBillingPeriod,
  listCommunicationPlans,
  recordCommunicationPlan,
  recordUsageReading,
} from "../inventory/mod.ts"
import type { JobContext, JobRequest, JobResult } from "../jobs/mod.ts"
import { notify, tellDevices } from "../notifications/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { getServiceProvider, type ServiceProvider } from "../providers/mod.ts"
import type { Statement } from "../store/mod.ts"
import { type IntegrationRules, rulesFor } from "./integration.ts"
import { FINALIZE_SYNC, type FinalizePayload } from "./job-types.ts"
import { askForDetails, readDetailsJob } from "./read-details.ts"
import { DEFAULT_FINALIZE_SETTINGS, type FinalizeSettings } from "./settings.ts"
import { clearRowsToProcess, countRowsToProcess, insertSummary, selectSummary } from "./statements.ts"
import type { SyncSummary } from "./sync-summary.ts"

export interface FinalizeOptions {
  /** What starts the optimization, written in the unit that closes the sync: exactly once for each run. */
  readonly startOptimization: (
    context: JobContext,
    request: {
      readonly tenantId: string
      readonly serviceProviderId: string
      readonly billingPeriodId: string
      readonly syncRunId: string
      readonly optimizationSessionId: string | null
    },
  ) => { readonly statements: readonly Statement[]; readonly next: readonly JobRequest[] }
  /** @default DEFAULT_FINALIZE_SETTINGS */
  readonly settings?: Partial<FinalizeSettings>
  /** Opens the carrier account of a provider, for what no list tells. @default nothing is read but lists */
  readonly carrierFor?: (tenantId: string, serviceProviderId: string) => Promise<Carrier>
  /** Rules of other carriers, by integration type. Control Center accounts have theirs. */
  readonly integrations?: Readonly<Record<string, IntegrationRules>>
}

/** Waits for rows to be processed, or closes the sync. */
export async function finalizeSync(
  run: FinalizePayload,
  context: JobContext,
  options: FinalizeOptions,
): Promise<JobResult> {
  const { tenantId, runtime } = context
  const { serviceProviderId } = run
  const settings = { ...DEFAULT_FINALIZE_SETTINGS, ...options.settings }
  // The rows were done before the next look was due, and the look before that closed it.
  if (await context.store.read((db) => selectSummary(db, tenantId, run.syncRunId))) return {}
  const provider = await getServiceProvider(context, tenantId, serviceProviderId)
  const rules = rulesFor(provider.integrationType, options.integrations ?? {})
  const isFirst = run.retryCount === 0 && options.carrierFor !== undefined
  if (isFirst && rules.needsActivationDates?.(provider)) {
    const { startsAt } = await getBillingPeriod(context, tenantId, run.billingPeriodId)
    if (await askForDetails(run, startsAt, context)) {
      const next = nextLook(run, tenantId, runtime.clock.now() + settings.delayBetweenRetriesMs)
      return { next: [readDetailsJob(run, tenantId), next] }
    }
  }
  const left = await countLeft(context, run)
  if (left > 0 && run.retryCount < settings.maxRetries) {
    return { next: [nextLook(run, tenantId, runtime.clock.now() + settings.delayBetweenRetriesMs)] }
  }
  if (left > 0 && settings.atMaximum === "stop") {
    throw new CoreError("sync.rows_left", `Cannot finalize: ${left} devices were still to be processed`)
  }
  await rules.reconcile?.(run, provider, context)
  const reconciled = await reconcile(run, provider, context)
  return close(run, provider, { left, ...reconciled, rules }, context, options)
}

async function countLeft(context: JobContext, run: FinalizePayload): Promise<number> {
  const [row] = await context.store.rows<{ count: number }>(countRowsToProcess(context.tenantId, run.serviceProviderId))
  return row?.count ?? 0
}

function nextLook(run: FinalizePayload, tenantId: string, runAt: number): JobRequest {
  const retryCount = run.retryCount + 1
  const type = FINALIZE_SYNC as JobRequest["type"]
  return { type, tenantId, id: `${run.syncRunId}.finalize.${retryCount}`, payload: { ...run, retryCount }, runAt }
}

/** The common step: default sites, and archived devices that show activity. */
async function reconcile(
  run: FinalizePayload,
  { defaultSiteId }: ServiceProvider,
  context: JobContext,
): Promise<{ readonly defaultSiteCount: number; readonly restoredCount: number }> {
  const { tenantId } = context
  const { serviceProviderId, billingPeriodId } = run
  let defaultSiteCount = 0
  let restoredCount = 0
  for await (const { restore, site } of eachReconcileChunk(context, {
    tenantId,
    serviceProviderId,
    billingPeriodId,
    defaultSiteId,
  })) {
    context.signal.throwIfAborted()
    const [restored, sited] = await context.unit("finalize.reconcile", site ? [restore, site] : [restore])
    restoredCount += restored?.length ?? 0
    defaultSiteCount += sited?.length ?? 0
  }
  return { defaultSiteCount, restoredCount }
}

interface Reconciled {
  readonly left: number
  readonly defaultSiteCount: number
  readonly restoredCount: number
  readonly rules: IntegrationRules
}

async function close(
  run: FinalizePayload,
  provider: ServiceProvider,
  { left, rules, defaultSiteCount, restoredCount }: Reconciled,
  context: JobContext,
  options: FinalizeOptions,
): Promise<JobResult> {
  const { tenantId } = context
  const { serviceProviderId, syncRunId } = run
  const added = await findUnknownCommunicationPlans(context, tenantId, serviceProviderId)
  const known = await listCommunicationPlans(context, tenantId, serviceProviderId)
  const summary: SyncSummary = {
    tenantId,
    syncRunId,
    serviceProviderId,
    detailLastSyncDate: run.readAt,
    detailQueueCount: run.listed,
    detailUpdatedCount: run.changed,
    usageLastSyncDate: run.readAt,
    usageQueueCount: run.listed,
    usageUpdatedCount: await countDevicesWithUsage(context, tenantId, serviceProviderId, run.billingPeriodId),
    deviceCount: await countListedDevices(context, tenantId, serviceProviderId),
    notRefreshedCount: left,
    defaultSiteCount,
    restoredCount,
    newCommunicationPlans: added,
    communicationPlansWithoutRatePlans: [
      ...known.filter((plan) => plan.permittedRatePlans.length === 0).map(({ name }) => name),
      ...added,
    ],
    createdAt: context.runtime.clock.now(),
  }
  // A run that carries a session goes on with it, whether it says so twice or not.
  const isAsked = run.optimizeAfter || run.optimizationSessionId !== null
  const optimization =
    isAsked && rules.startsOptimization
      ? options.startOptimization(context, {
          tenantId,
          serviceProviderId,
          billingPeriodId: run.billingPeriodId,
          syncRunId,
          optimizationSessionId: run.optimizationSessionId,
        })
      : { statements: [], next: [] }
  return {
    statements: [
      clearRowsToProcess(tenantId, serviceProviderId),
      ...added.map((name) => recordCommunicationPlan(context, tenantId, serviceProviderId, name)),
      recordUsageReading(tenantId, run.billingPeriodId, run.readAt),
      insertSummary(summary),
      ...optimization.statements,
    ],
    // Whoever waits for the sync is told before the optimization starts.
    next: [...eventsOf(summary, provider), devicesOf(run, summary, provider), ...optimization.next],
  }
}

/** What tells of the devices themselves, where anybody wants to know. */
function devicesOf(run: FinalizePayload, summary: SyncSummary, provider: ServiceProvider): JobRequest {
  return tellDevices({
    tenantId: summary.tenantId,
    serviceProviderId: summary.serviceProviderId,
    serviceProviderName: provider.name,
    integrationType: provider.integrationType,
    syncRunId: summary.syncRunId,
    billingPeriodId: run.billingPeriodId,
    since: run.readAt,
    occurredAt: summary.createdAt,
  })
}

function eventsOf(summary: SyncSummary, provider: ServiceProvider): readonly JobRequest[] {
  const { tenantId, createdAt, defaultSiteCount: _, restoredCount: __, ...facts } = summary
  const of = { serviceProviderName: provider.name, integrationType: provider.integrationType, occurredAt: createdAt }
  const { serviceProviderId, syncRunId, newCommunicationPlans: names } = summary
  return [
    notify(tenantId, { type: "sync.summary", ...facts, ...of }),
    ...(names.length === 0
      ? []
      : [notify(tenantId, { type: "communicationPlans.added", serviceProviderId, syncRunId, names, ...of })]),
  ]
}
