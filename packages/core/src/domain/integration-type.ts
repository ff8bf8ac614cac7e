/** Integration types that are accounts of Cisco Control Center: one connector, one set of rules. */
export const JASPER_FAMILY: readonly string[] = ["Jasper", "POD19", "TMobileJasper", "Rogers"]

/** Integration types whose lines are Mobility; all others are M2M. */
export const MOBILITY_INTEGRATIONS: readonly string[] = ["Telegence", "eBonding"]
