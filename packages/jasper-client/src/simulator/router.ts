import { getAccount, getCustomer, listAccounts, listCustomers } from "./endpoints/accounts.ts"
import { getSessionInfo } from "./endpoints/get-session-info.ts"
import { getUsageInZone } from "./endpoints/get-usage-in-zone.ts"
import { listAuditTrail } from "./endpoints/list-audit-trail.ts"
import { listLocationHistory } from "./endpoints/list-location-history.ts"
import { getMessage, searchMessages, sendMessage } from "./endpoints/messages.ts"
import { echo } from "./endpoints/echo.ts"
import { editDevice } from "./endpoints/edit-device.ts"
import type { Endpoint } from "./endpoints/endpoint.ts"
import { getCycleUsage } from "./endpoints/get-cycle-usage.ts"
import { getDevice } from "./endpoints/get-device.ts"
import { listRatePlans } from "./endpoints/list-rate-plans.ts"
import { listUsageByRatePlan } from "./endpoints/list-usage-by-rate-plan.ts"
import { searchDevices } from "./endpoints/search-devices.ts"
import type { Operation } from "./operation.ts"

/** The endpoint that a call is for. */
export interface Route {
  readonly operation: Operation
  readonly endpoint: Endpoint
  /** The variable part of the path, decoded. */
  readonly subject: string
}

/** Method, path below `/rws/api/v1` with `*` for its variable part, operation, endpoint. */
const ROUTES: readonly (readonly [method: string, path: readonly string[], Operation, Endpoint])[] = [
  ["GET", ["devices"], "searchDevices", searchDevices],
  ["GET", ["devices", "*"], "getDevice", getDevice],
  ["PUT", ["devices", "*"], "editDevice", editDevice],
  ["GET", ["devices", "*", "ctdUsages"], "getCycleUsage", getCycleUsage],
  ["GET", ["rateplans"], "listRatePlans", listRatePlans],
  ["GET", ["usages"], "listUsageByRatePlan", listUsageByRatePlan],
  ["GET", ["echo", "*"], "echo", echo],
  ["GET", ["devices", "*", "usageInZone"], "getUsageInZone", getUsageInZone],
  ["GET", ["devices", "*", "sessionInfo"], "getSessionInfo", getSessionInfo],
  ["GET", ["devices", "*", "auditTrails"], "listAuditTrail", listAuditTrail],
  ["GET", ["devices", "*", "locationHistory"], "listLocationHistory", listLocationHistory],
  ["POST", ["devices", "*", "smsMessages"], "sendMessage", sendMessage],
  ["GET", ["smsMessages"], "searchMessages", searchMessages],
  ["GET", ["smsMessages", "*"], "getMessage", getMessage],
  ["GET", ["accounts"], "listAccounts", listAccounts],
  ["GET", ["accounts", "*"], "getAccount", getAccount],
  ["GET", ["customers"], "listCustomers", listCustomers],
  ["GET", ["customers", "*"], "getCustomer", getCustomer],
]

/**
 * Finds the endpoint for a path below `/rws/api`.
 *
 * @returns `badVersion` for another version than `v1`, undefined for a path that nothing answers.
 */
export function findRoute(method: string, path: string): Route | "badVersion" | undefined {
  const [version, ...segments] = path.split("/")
  if (version === undefined || !/^v\d+$/.test(version)) return undefined
  if (version !== "v1") return "badVersion"
  for (const [routeMethod, pattern, operation, endpoint] of ROUTES) {
    if (routeMethod !== method || pattern.length !== segments.length) continue
    if (!pattern.every((part, i) => part === "*" || part === segments[i])) continue
    const subject = decode(segments[pattern.indexOf("*")] ?? "")
    return subject === undefined ? undefined : { operation, endpoint, subject }
  }
  return undefined
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
