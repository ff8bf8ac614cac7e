import type { ScanCertificate } from "./certificate.ts"

/** What a certificate rests on, in plain sentences. */
export function assumptionsOf(
  parts: Pick<ScanCertificate, "scope" | "method" | "since" | "count"> & { readonly marginMs: number },
): readonly string[] {
  const { scope, method, since, count, marginMs } = parts
  const lines = [
    "Search Devices is sorted by the dateUpdated of Device Details (inferred, not documented)",
    `A change is visible in the search within ${marginMs} ms`,
    "Devices with equal modification dates keep their order from call to call",
  ]
  if (method === "sweep-and-chase") {
    lines.push("No device enters the list with an old modification date while it is read")
  } else {
    lines.push("No device leaves the list and comes back with its old modification date while it is read")
  }
  if (scope !== "all") lines.push(`Devices not changed since ${new Date(since).toISOString()} are out of scope`)
  if (count === "more") {
    lines.push(
      "More devices were seen than are listed at the end: some were removed, so the final count is inconclusive",
    )
  }
  if (count === "unchecked") lines.push("The final count was not compared: the scan was resumed without countDistinct")
  return lines
}
