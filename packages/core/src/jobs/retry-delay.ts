import type { RetryRule } from "./job.ts"

/**
 * Wait before the attempt after `attempt`, milliseconds. Full jitter spreads workers that failed together: anything
 * between nothing and a ceiling that doubles with each attempt.
 *
 * @param attempt The attempt that failed, from 1.
 * @param random A number in [0, 1).
 */
export function retryDelayMs(rule: RetryRule, attempt: number, random: number): number {
  if (rule.kind === "fixed") return rule.baseMs
  return Math.round(random * Math.min(rule.maxMs, rule.baseMs * 2 ** Math.min(attempt - 1, 30)))
}
