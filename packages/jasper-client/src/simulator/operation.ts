/** What a call asks for, whoever is asked about. */
export type Operation =
  | "echo"
  | "searchDevices"
  | "getDevice"
  | "editDevice"
  | "getCycleUsage"
  | "listRatePlans"
  | "listUsageByRatePlan"
