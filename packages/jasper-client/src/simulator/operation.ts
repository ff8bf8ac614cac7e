/** What a call can ask for. */
export const OPERATIONS = [
  "echo",
  "searchDevices",
  "getDevice",
  "editDevice",
  "getCycleUsage",
  "listRatePlans",
  "listUsageByRatePlan",
  "getUsageInZone",
  "getSessionInfo",
  "listAuditTrail",
  "listLocationHistory",
  "sendMessage",
  "searchMessages",
  "getMessage",
  "listAccounts",
  "getAccount",
  "listCustomers",
  "getCustomer",
] as const

/** What a call asks for, whoever is asked about. */
export type Operation = (typeof OPERATIONS)[number]
