/**
 * Makes a text fit for logs: the given secrets disappear, authorization values too, and long numbers (ICCID, EID, IMEI,
 * subscriber numbers, in groups as well) keep their last four digits.
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
  for (const secret of known) for (const form of formsOf(secret)) clean = clean.replaceAll(form, "[redacted]")
  return clean
    .replaceAll(/\b(Basic|Bearer)\s+[\w+/.~=-]+/gi, "$1 [redacted]")
    .replaceAll(/\bax_[\w-]+/g, "[redacted]")
    .replaceAll(/\b[a-z][a-z\d+.-]*:\/\/[^\s/@]+@/gi, (match) => `${match.slice(0, match.indexOf("//"))}//[redacted]@`)
    .replaceAll(SECRET_MEMBER, "$1[redacted]")
    .replaceAll(LONG_NUMBER, (match) => {
      const digits = match.replaceAll(/\D/g, "")
      return digits.length < 10 ? match : `…${digits.slice(-4)}`
    })
}

// `"apiKey":"…"` and `api_key=…`, but not the prose "apiKey: it must have …".
const SECRET_MEMBER =
  /((?:api[-_]?key|password|passwd|secret|token|authorization)(?:"\s*:\s*"|\\"\s*:\s*\\"|=))[^"\\\s,;&}]+/gi

// Digits in one run, or in groups of three and more: dates, with their groups of two, stay.
const LONG_NUMBER = /\d{10,}|\d{3,}(?:[ ().-]{1,2}\d{3,})+/g

/** Ways in which a secret is written: as it is, in an address, in JSON, and in base64. */
function formsOf(secret: string): ReadonlySet<string> {
  const utf8 = new TextEncoder().encode(secret)
  const bytes = Array.from(utf8, (byte) => String.fromCharCode(byte)).join("")
  const base64 = btoa(bytes).replace(/=+$/, "")
  return new Set([
    secret,
    encodeURIComponent(new TextDecoder().decode(utf8)),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
  ])
}

/**
 * A value of JSON's types with each text in it made fit for logs, member names too; numbers that are as long as an
 * identifier become text.
 */
export function redactValue(value: unknown, secrets: readonly string[] = []): unknown {
  if (typeof value === "string") return redact(value, secrets)
  if (typeof value === "number" && Math.abs(value) >= 1e9) {
    const text = String(value)
    const clean = redact(text, secrets)
    return clean === text ? value : clean
  }
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [redact(name, secrets), redactValue(member, secrets)]),
  )
}
