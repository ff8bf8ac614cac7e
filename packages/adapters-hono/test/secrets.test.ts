import { createApp, type RequestFailure } from "../src/mod.ts"
import { CoreError } from "@altaworx/core/errors"
import { importSealingKey } from "@altaworx/core/tenancy"
import { describe, expect, it } from "vitest"
import { addTenant, CANARIES, iccidOf, openTestCore } from "./test-core.ts"

const SECRETS = Object.values(CANARIES)

/** Forms in which a secret could slip out. */
function formsOf(secret: string): readonly string[] {
  const base64 = btoa(secret).replace(/=+$/, "")
  // Base64 of a text that holds the secret depends on where it begins; the middle is the same for one offset each.
  const shifted = [1, 2].map((offset) => btoa("x".repeat(offset) + secret).slice(4, -4))
  return [secret, encodeURIComponent(secret), base64, ...shifted]
}

function expectNoSecret(text: string) {
  for (const secret of SECRETS) {
    for (const form of formsOf(secret)) expect(text.includes(form), `found a form of ${secret}`).toBe(false)
  }
}

describe.each(["file", "memory"] as const)("secrets on a store of kind %s", (kind) => {
  it("are in no answer, in no row and in no byte of the database in clear", async () => {
    using core = await openTestCore(kind)
    const tenant = await addTenant(core, "1", CANARIES.bearer)
    await core.addDevices("1", [{ id: "d1", iccid: iccidOf(1), serviceProviderId: tenant.serviceProviderId }])
    const failures: RequestFailure[] = []
    const app = createApp(core, { report: (failure) => failures.push(failure) })
    const paths = [
      "/healthz",
      "/v1/devices",
      "/v1/devices/d1",
      "/v1/devices/nobody",
      `/v1/devices?iccid=${CANARIES.bearer}`,
      `/v1/devices?cursor=${CANARIES.bearer}`,
      `/v1/optimization-sessions/${tenant.sessionId}`,
      "/nowhere",
    ]
    for (const path of paths) {
      for (const method of ["GET", "DELETE"]) {
        const response = await app.request(path, { method, headers: tenant.headers })
        expectNoSecret(JSON.stringify([...response.headers]) + (await response.text()))
      }
    }
    expect(failures).toEqual([])
    expectNoSecret(await core.dump())
    if (kind === "file") expectNoSecret(core.files())
  })

  it("do not leave with a failure that holds them, whatever fails", async () => {
    using core = await openTestCore(kind)
    const { headers } = await addTenant(core, "1", CANARIES.bearer)
    const cause = new Error(`refused ${SECRETS.join(" ")}`)
    const failures = [
      cause,
      new TypeError(`boom ${CANARIES.apiKey}`),
      new CoreError("store.unavailable", "Cannot read: the database did not answer", { cause }),
      await importSealingKey(CANARIES.apiKey).catch((error: unknown) => error),
    ]
    for (const failure of failures) {
      const store = { ...core.store, read: () => Promise.reject(failure as Error) }
      const response = await createApp({ ...core, store }).request("/v1/devices", { headers })
      expect(response.status).toBeGreaterThanOrEqual(400)
      expectNoSecret(JSON.stringify([...response.headers]) + (await response.text()))
    }
  })
})
