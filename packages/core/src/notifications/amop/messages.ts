import type { OptimizationCompletedEvent, OptimizationProgressEvent, SessionFacts } from "../event.ts"

/** What AMOP 2.0 takes of a session, in its own words. */
export interface AmopSessionMessage {
  readonly data: {
    readonly path: "/get_optimization_progress_bar_data" | "/get_optimization_error_details_data"
    readonly job_name: "Progress" | "ErrorMessage"
    readonly SessionId: string
    readonly OptimizationSessionGuid: string
    readonly ErrorMessage: string | null
    readonly Progress: number
    readonly CustomerId: string
    /** JSON text within the JSON. */
    readonly AdditionalJson: string
    readonly DeviceCount: number
  }
}

/** What AMOP 2.0 takes when a sync is complete. */
export interface AmopSyncMessage {
  readonly data: {
    readonly path: "/lambda_sync_jobs_"
    readonly key_name: string
    readonly tenant_id: string
    readonly tenant_name: string
  }
}

export function progressMessage(tenantId: string, event: OptimizationProgressEvent): AmopSessionMessage {
  return sessionMessage(tenantId, event, {
    path: "/get_optimization_progress_bar_data",
    job_name: "Progress",
    ErrorMessage: null,
    Progress: event.progress,
  })
}

/** @param progress How far the session was reported to be. */
export function errorMessage(
  tenantId: string,
  event: OptimizationCompletedEvent,
  progress: number,
): AmopSessionMessage {
  return sessionMessage(tenantId, event, {
    path: "/get_optimization_error_details_data",
    job_name: "ErrorMessage",
    ErrorMessage: event.errorMessage ?? event.errorCode ?? "The optimization ended with errors",
    Progress: progress,
  })
}

export function syncMessage(keyName: string, tenant: { readonly id: string; readonly name: string }): AmopSyncMessage {
  return { data: { path: "/lambda_sync_jobs_", key_name: keyName, tenant_id: tenant.id, tenant_name: tenant.name } }
}

function sessionMessage(
  tenantId: string,
  facts: SessionFacts,
  more: Pick<AmopSessionMessage["data"], "path" | "job_name" | "ErrorMessage" | "Progress">,
): AmopSessionMessage {
  return {
    data: {
      path: more.path,
      job_name: more.job_name,
      SessionId: facts.sessionId,
      OptimizationSessionGuid: facts.sessionId,
      ErrorMessage: more.ErrorMessage,
      Progress: more.Progress,
      CustomerId: facts.customerId ?? "",
      AdditionalJson: JSON.stringify({
        data: {
          BillPeriodId: facts.billingPeriodId,
          SiteId: facts.siteId,
          ServiceProviderId: facts.serviceProviderId,
          OptimizationType: facts.optimizationType,
          OptimizationFrom: "group",
          BillingPeriodStartDate: new Date(facts.billingPeriodStartsAt).toISOString(),
          BillingPeriodEndDate: new Date(facts.billingPeriodEndsAt).toISOString(),
          DeviceCount: facts.deviceCount,
          TenantId: tenantId,
        },
      }),
      DeviceCount: facts.deviceCount,
    },
  }
}
