import { CoreError } from "../../errors/mod.ts"
import { getBillingPeriod, getCustomer } from "../../inventory/mod.ts"
import { enqueueJobs, type JobContext, type JobRequest, type JobResult } from "../../jobs/mod.ts"
import { listServiceProviders } from "../../providers/mod.ts"
import type { Platform } from "../../store/mod.ts"
import {
  BEGIN_OPTIMIZATION,
  type BeginPayload,
  type ReceiveCustomerPayload,
  type SessionPayload,
} from "../job-types.ts"
import type { SessionRequest } from "../session/session.ts"
import { advanceProgress } from "../session/statements.ts"
import { asGuard, openSession, prepareJob, tellCreated } from "./start-session.ts"

/** Which customer's lines to optimize on what the tenant sells. */
export interface StartCustomerOptimizationRequest
  extends Partial<Pick<SessionRequest, "chargeType" | "projection" | "billInAdvance" | "requestedBy">> {
  readonly tenantId: string
  readonly customerId: string
  /** Only lines of these providers. @default all of the tenant's */
  readonly serviceProviderIds?: readonly string[]
  /** A period of one of the providers. Either this or `customerBillingPeriodId`. */
  readonly billingPeriodId?: string
  /** A period of the customer's own, as `ensureBillingPeriod` made it with the customer's id for a provider's. */
  readonly customerBillingPeriodId?: string
}

/**
 * Starts an optimization of a customer's lines, across providers, on the customer rate plans of the tenant.
 *
 * @returns Id of the session.
 * @throws {CoreError} `input.invalid` without exactly one period; `input.not_found` for a customer, provider or period that
 *   the tenant has not; `optimization.already_running`. Nothing was written.
 */
export async function startCustomerOptimization(
  core: Platform,
  request: StartCustomerOptimizationRequest,
): Promise<string> {
  const { tenantId } = request
  const payload = await customerSession(core, request)
  await asGuard(
    core.store.unit({ name: "optimization.start-customer-session" }, [
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

/** What a message asks for, as a session that is to be opened. */
export async function receiveCustomerOptimization(
  { requestId, ...request }: ReceiveCustomerPayload,
  context: JobContext,
): Promise<JobResult> {
  const { tenantId, jobId } = context
  const asked: StartCustomerOptimizationRequest = {
    tenantId,
    customerId: request.customerId,
    serviceProviderIds: request.serviceProviderIds,
    requestedBy: "message",
    ...(request.billingPeriodId !== null && { billingPeriodId: request.billingPeriodId }),
    ...(request.customerBillingPeriodId !== null && { customerBillingPeriodId: request.customerBillingPeriodId }),
  }
  const session = await customerSession(context, asked)
  // The id is in the next job, which is added once: a second attempt at this one opens no second session.
  const payload: BeginPayload = { ...session, requestId, hasSynced: true, lastSyncDate: null }
  return { next: [{ type: BEGIN_OPTIMIZATION as JobRequest["type"], tenantId, id: `${jobId}.begin`, payload }] }
}

/** The session that a request asks for, checked. */
async function customerSession(core: Platform, request: StartCustomerOptimizationRequest): Promise<SessionPayload> {
  const { tenantId, customerId, serviceProviderIds = [], customerBillingPeriodId = null } = request
  const billingPeriodId = customerBillingPeriodId ?? request.billingPeriodId
  if (billingPeriodId === undefined || (request.billingPeriodId !== undefined && customerBillingPeriodId !== null)) {
    throw new CoreError("input.invalid", "Cannot start the optimization: it needs one billing period", {
      field: "billingPeriodId",
    })
  }
  await getCustomer(core, tenantId, customerId)
  const known = (await listServiceProviders(core, tenantId)).map(({ id }) => id)
  const ids = serviceProviderIds.length === 0 ? known : serviceProviderIds
  if (ids.some((id) => !known.includes(id))) {
    throw new CoreError("input.not_found", "Cannot find the service provider", { field: "serviceProviderIds" })
  }
  const period = await getBillingPeriod(core, tenantId, billingPeriodId)
  const owner = period.serviceProviderId
  if (customerBillingPeriodId === null ? !ids.includes(owner) : owner !== customerId) {
    throw new CoreError("input.not_found", "Cannot start the optimization: the billing period is somebody else's", {
      field: customerBillingPeriodId === null ? "billingPeriodId" : "customerBillingPeriodId",
    })
  }
  return {
    sessionId: core.runtime.newId(),
    // The provider whose period it is; across providers none is.
    serviceProviderId: customerBillingPeriodId === null ? owner : "*",
    billingPeriodId,
    syncRunId: null,
    request: {
      portalType: "CrossProvider",
      chargeType: request.chargeType ?? "RateChargeAndOverage",
      projection: request.projection ?? "legacy",
      customerId,
      serviceProviderIds: [...serviceProviderIds],
      customerBillingPeriodId,
      billInAdvance: request.billInAdvance ?? false,
      requestedBy: request.requestedBy ?? "system",
    },
  }
}
