/** A SIM's usage in one billing cycle, or in a part of one. */
export interface CycleUsage {
  readonly homeBytes: number
  readonly roamingBytes: number
  readonly smsSent: number
  readonly smsReceived: number
}

/** Nothing used. */
export const NO_USAGE: CycleUsage = { homeBytes: 0, roamingBytes: 0, smsSent: 0, smsReceived: 0 }

/** Two parts of a cycle together. */
export function addUsage(a: CycleUsage, b: CycleUsage): CycleUsage {
  return {
    homeBytes: a.homeBytes + b.homeBytes,
    roamingBytes: a.roamingBytes + b.roamingBytes,
    smsSent: a.smsSent + b.smsSent,
    smsReceived: a.smsReceived + b.smsReceived,
  }
}

/** The difference between two readings of a counter. */
export function subtractUsage(a: CycleUsage, b: CycleUsage): CycleUsage {
  return {
    homeBytes: a.homeBytes - b.homeBytes,
    roamingBytes: a.roamingBytes - b.roamingBytes,
    smsSent: a.smsSent - b.smsSent,
    smsReceived: a.smsReceived - b.smsReceived,
  }
}

/** A share of a usage, each figure rounded down. */
export function shareOfUsage(usage: CycleUsage, numerator: number, denominator: number): CycleUsage {
  const share = (value: number): number => Math.floor((value * numerator) / denominator)
  return {
    homeBytes: share(usage.homeBytes),
    roamingBytes: share(usage.roamingBytes),
    smsSent: share(usage.smsSent),
    smsReceived: share(usage.smsReceived),
  }
}
