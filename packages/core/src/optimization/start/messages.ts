import { CoreError } from "../../errors/mod.ts"
import type { JobRequest, MessageTranslator, QueueMessage } from "../../jobs/mod.ts"
import {
  RECEIVE_CUSTOMER_OPTIMIZATION,
  RECEIVE_OPTIMIZATION,
  type ReceiveCustomerPayload,
  type ReceivePayload,
} from "../job-types.ts"
import type { PortalType } from "../session/session.ts"

/** The numbers of the documents, and the names. */
const PORTAL_TYPES: Readonly<Record<string, PortalType>> = {
  "0": "M2M",
  "2": "Mobility",
  m2m: "M2M",
  mobility: "Mobility",
  crossprovider: "CrossProvider",
}

/**
 * Reads the messages that ask for an optimization: the attributes `ServiceProviderId`, `BillPeriodId` and `TenantId`, and
 * if they are there `HasSynced`, `LastSyncDate`, `OptimizationSessionId` and `PORTAL_TYPE_ID`.
 */
export const optimizationMessages: MessageTranslator = {
  name: "optimization",
  translate(message) {
    const payload: ReceivePayload = {
      requestId: message.id,
      serviceProviderId: required(message, "ServiceProviderId"),
      billingPeriodId: required(message, "BillPeriodId"),
      // Whatever does not say clearly that it was synced is synced again.
      hasSynced: attribute(message, "HasSynced")?.toLowerCase() === "true",
      lastSyncDate: dateOf(attribute(message, "LastSyncDate")),
      optimizationSessionId: attribute(message, "OptimizationSessionId") ?? null,
      request: {
        portalType: portalTypeOf(attribute(message, "PORTAL_TYPE_ID")),
        chargeType: "RateChargeAndOverage",
        projection: "legacy",
        customerId: null,
        serviceProviderIds: [required(message, "ServiceProviderId")],
        customerBillingPeriodId: null,
        billInAdvance: false,
        requestedBy: "message",
      },
    }
    return [{ type: RECEIVE_OPTIMIZATION as JobRequest["type"], tenantId: required(message, "TenantId"), payload }]
  },
}

/**
 * Reads the messages that ask for a customer's optimization: `TenantId`, the customer as `CustomerId`, `AMOPCustomerId` or
 * `AMOP_CUSTOMER_ID`, the period as `BillPeriodId` or `CUSTOMER_BILLING_PERIOD_ID`, and the providers as `ServiceProviderId`
 * or, separated by commas, `SERVICE_PROVIDER_IDS`; none of them means all of the tenant's.
 */
export const customerOptimizationMessages: MessageTranslator = {
  name: "customerOptimization",
  translate(message) {
    const customerBillingPeriodId = attribute(message, "CUSTOMER_BILLING_PERIOD_ID") ?? null
    const providers = attribute(message, "SERVICE_PROVIDER_IDS") ?? attribute(message, "ServiceProviderId") ?? ""
    const payload: ReceiveCustomerPayload = {
      requestId: message.id,
      customerId:
        attribute(message, "AMOP_CUSTOMER_ID") ??
        attribute(message, "AMOPCustomerId") ??
        required(message, "CustomerId"),
      serviceProviderIds: providers
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== ""),
      billingPeriodId: customerBillingPeriodId === null ? required(message, "BillPeriodId") : null,
      customerBillingPeriodId,
    }
    const type = RECEIVE_CUSTOMER_OPTIMIZATION as JobRequest["type"]
    return [{ type, tenantId: required(message, "TenantId"), payload }]
  },
}

/** An attribute by its name in any case; `undefined` where it is blank. */
function attribute({ attributes }: QueueMessage, name: string): string | undefined {
  const found = Object.entries(attributes)
    .find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
    .trim()
  return found === "" ? undefined : found
}

function required(message: QueueMessage, name: string): string {
  const value = attribute(message, name)
  if (value !== undefined) return value
  throw new CoreError("input.invalid", `Cannot read the message: ${name} is missing`, { field: name })
}

/** Epoch milliseconds of an ISO date; `null`, which stands for the seed-full date, where there is none that can be read. */
function dateOf(text: string | undefined): number | null {
  // Dates without a zone are taken as UTC, whatever the host's own zone is.
  const match = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text ?? "")
  if (!match || text === undefined) return null
  const at = Date.parse(match[1] === undefined && text.length > 10 ? `${text.replace(" ", "T")}Z` : text)
  return Number.isNaN(at) ? null : at
}

function portalTypeOf(text: string | undefined): PortalType {
  const known = PORTAL_TYPES[(text ?? "M2M").toLowerCase()]
  if (known !== undefined) return known
  throw new CoreError("input.invalid", "Cannot read the message: PORTAL_TYPE_ID is not known", {
    field: "PORTAL_TYPE_ID",
  })
}
