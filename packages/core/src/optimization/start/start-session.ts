import { CoreError, isCoreError } from "../../errors/mod.ts"
import { getBillingPeriod } from "../../inventory/mod.ts"
import { enqueueJobs, type JobRequest } from "../../jobs/mod.ts"
import type { Platform, Statement } from "../../store/mod.ts"
import { PREPARE_OPTIMIZATION, type SessionPayload } from "../job-types.ts"
import { tellProgress } from "../session/session-events.ts"
import type { SessionRequest } from "../session/session.ts"
import { advanceProgress, insertSession, supersedeSessions } from "../session/statements.ts"
import { isLastDay } from "./billing-clock.ts"

/** What a session optimizes, and by which rules. */
export interface StartOptimizationRequest
  extends Partial<Pick<SessionRequest, "portalType" | "chargeType" | "projection" | "requestedBy">> {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** The sync whose devices and usage are optimized. */
  readonly syncRunId?: string
}

/**
 * Starts an optimization of a provider's fleet for one billing period; its jobs do the rest.
 *
 * @returns Id of the session.
 * @throws {CoreError} `optimization.already_running` while the tenant has a session that is not complete, whoever came
 *   first by the database's word; `input.not_found` if the billing period is not one of the provider's. Nothing was written.
 */
export async function startOptimizationSession(core: Platform, request: StartOptimizationRequest): Promise<string> {
  const { tenantId } = request
  await checkPeriod(core, tenantId, request)
  const payload = newSession(core.runtime.newId(), request)
  await asGuard(
    core.store.unit({ name: "optimization.start-session" }, [
      ...(await openSession(core, tenantId, payload)),
      ...advanceProgress({ tenantId, id: payload.sessionId }, 0),
      ...enqueueJobs(core.runtime, [
        ...(await tellCreated(core, tenantId, payload)),
        prepareJob(tenantId, payload, `${payload.sessionId}.prepare`),
      ]),
    ]),
  )
  return payload.sessionId
}

/** @throws {CoreError} `input.not_found` unless the tenant's provider has this billing period. */
export async function checkPeriod(
  core: Platform,
  tenantId: string,
  asked: { readonly serviceProviderId: string; readonly billingPeriodId: string },
): Promise<void> {
  const period = await getBillingPeriod(core, tenantId, asked.billingPeriodId)
  if (period.serviceProviderId === asked.serviceProviderId) return
  throw new CoreError("input.not_found", "Cannot start the optimization: the billing period is another provider's", {
    field: "billingPeriodId",
  })
}

/** A session to be, in the form of a job's result. */
export interface OptimizationSessionStatements {
  readonly sessionId: string
  readonly statements: readonly Statement[]
  readonly next: readonly JobRequest[]
}

/**
 * What starts an optimization from another room's unit: written together with what asks for it, the session starts
 * exactly once. Where the tenant has one running by then, the session ends at once with that reason.
 */
export function optimizationSessionStatements(
  core: Platform,
  request: StartOptimizationRequest & {
    /** The session that waits for the sync. @default a new one */
    readonly optimizationSessionId?: string | null
  },
): OptimizationSessionStatements {
  const payload = newSession(request.optimizationSessionId ?? core.runtime.newId(), request)
  // A sync that is finalized twice, because its job was delivered twice, asks for one session.
  const jobId = `${request.syncRunId ?? payload.sessionId}.optimization`
  return { sessionId: payload.sessionId, statements: [], next: [prepareJob(request.tenantId, payload, jobId)] }
}

export function prepareJob(tenantId: string, payload: SessionPayload, id: string): JobRequest {
  return { type: PREPARE_OPTIMIZATION as JobRequest["type"], tenantId, payload, id }
}

function newSession(sessionId: string, request: StartOptimizationRequest): SessionPayload {
  return {
    sessionId,
    serviceProviderId: request.serviceProviderId,
    billingPeriodId: request.billingPeriodId,
    syncRunId: request.syncRunId ?? null,
    request: {
      portalType: request.portalType ?? "M2M",
      chargeType: request.chargeType ?? "RateChargeAndOverage",
      projection: request.projection ?? "legacy",
      customerId: null,
      serviceProviderIds: [request.serviceProviderId],
      customerBillingPeriodId: null,
      billInAdvance: false,
      requestedBy: request.requestedBy ?? "system",
    },
  }
}

/**
 * The statements that open a session; nothing happens where it is open. On the last day of its period, in the billing time
 * zone, it takes the place of those that are complete.
 */
export async function openSession(
  core: Platform,
  tenantId: string,
  payload: SessionPayload,
): Promise<readonly Statement[]> {
  const key = { tenantId, id: payload.sessionId }
  const now = core.runtime.clock.now()
  const period = await getBillingPeriod(core, tenantId, payload.billingPeriodId)
  return [
    insertSession(key, { ...payload, startedAt: now }),
    ...(isLastDay(period, now) ? [supersedeSessions(key, payload)] : []),
  ]
}

/** The first progress of a session. */
export function tellCreated(core: Platform, tenantId: string, payload: SessionPayload): Promise<JobRequest[]> {
  return tellProgress(core, { ...payload, tenantId, id: payload.sessionId }, 0)
}

/** Gives the one constraint that opening a session can break its name. */
export async function asGuard<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (!isCoreError(error, "store.constraint")) throw error
    throw new CoreError(
      "optimization.already_running",
      "Cannot start the optimization: one is already running for this tenant",
      { cause: error },
    )
  }
}
