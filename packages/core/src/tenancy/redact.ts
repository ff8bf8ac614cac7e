/**
 * Makes a text fit for logs: the given secrets disappear, authorization values too, and long runs of digits (ICCID, EID,
 * IMEI, subscriber numbers) keep their last four.
 *
 * @example
 * ```ts
 * import { redact } from "@altaworx/core/tenancy"
 *
 * console.log(redact("SIM 8900000000000000017 with s3cr3t-key", ["s3cr3t-key"])) // "SIM …0017 with [redacted]"
 * ```
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length)
  let clean = text
  for (const secret of known) {
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      clean = clean.replaceAll(form, "[redacted]")
    }
  }
  return clean
    .replaceAll(/\b(Basic|Bearer)\s+[\w+/.~=-]+/gi, "$1 [redacted]")
    .replaceAll(/\bax_[\w-]+/g, "[redacted]")
    .replaceAll(/\b[a-z][a-z\d+.-]*:\/\/[^\s/@]+@/gi, (match) => `${match.slice(0, match.indexOf("//"))}//[redacted]@`)
    .replaceAll(/\d{6,}(\d{4})/g, "…$1")
}
