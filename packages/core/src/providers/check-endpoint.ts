import { isLoopback } from "../domain/mod.ts"

/**
 * Why an address must not be used for a carrier, or `undefined` where it may: credentials travel encrypted, except to the
 * machine itself.
 */
export function endpointFault(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null) return "it must be an absolute URL"
  if (url.username !== "" || url.password !== "") return "it must not hold credentials"
  if (url.search !== "" || url.hash !== "") return "it must not hold a query or a fragment"
  if (url.protocol === "https:") return undefined
  if (url.protocol !== "http:") return "it must begin with https:"
  return isLoopback(url.hostname) ? undefined : "plain http: is allowed on loopback only, use https:"
}
