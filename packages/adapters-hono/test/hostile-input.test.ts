import { createApp, type RequestFailure } from "../src/mod.ts"
import fc from "fast-check"
import { expect, it } from "vitest"
import { addTenant, iccidOf, openTestCore } from "./test-core.ts"

it("answers anything it is asked with a list, a refusal or a 404, never with a failure of its own", async () => {
  using core = await openTestCore("file")
  const { headers, serviceProviderId } = await addTenant(core, "1")
  await core.addDevices("1", [{ id: "d1", iccid: iccidOf(1), serviceProviderId }])
  const failures: RequestFailure[] = []
  const app = createApp(core, { report: (failure) => failures.push(failure) })
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.base64String({ maxLength: 60 }),
    fc.constantFrom("'; DROP TABLE device; --", "%", "\0", "\ud800", "1e3", "0x10", "null", "[object Object]"),
  )
  const anyName = fc.oneof(fc.constantFrom("limit", "cursor", "iccid", "serviceProviderId"), anyText)
  const anyPath = fc.oneof(
    fc.array(fc.tuple(anyName, anyText), { maxLength: 4 }).map((pairs) => {
      const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")
      return `/v1/devices?${query}`
    }),
    anyText.map((text) => `/v1/devices/${encode(text)}`),
    anyText.map((text) => `/v1/optimization-sessions/${encode(text)}`),
    anyText.map((text) => `/${encode(text)}`),
    // Escapes that decode to nothing valid.
    fc.constantFrom("/v1/devices/%", "/v1/devices/%ff", "/v1/devices?limit=%", "/v1/devices?%ff=%ff", "/v1//devices"),
  )
  await fc.assert(
    fc.asyncProperty(anyPath, async (path) => {
      const response = await app.request(path, { headers })
      expect([200, 400, 404]).toContain(response.status)
      await response.json()
    }),
    { numRuns: 500 },
  )
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme-ascii", maxLength: 300 }), async (credentials) => {
      const response = await app.request("/v1/devices", { headers: { Authorization: `Bearer ${credentials}` } })
      expect(response.status).toBe(401)
    }),
    { numRuns: 100 },
  )
  expect(failures).toEqual([])
}, 30_000)

/** As a client would, and lone surrogates as the replacement character they become on the wire. */
function encode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1)
}
