/** The host's clock, milliseconds. Only a time limit looks at it; no decision does. */
export function systemNow(): number {
  return performance.now()
}
