import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServiceProvider } from "@altaworx/core/providers"
import { authenticate } from "@altaworx/core/tenancy"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openCore } from "./open-core.ts"
import { readSettings, StartError } from "./settings.ts"

const KEY = "canary-bootstrap-key-0123456789"
const SEALING_KEY = btoa("canary-sealing-key-of-32-bytes!!")
const OTHER_SEALING_KEY = btoa("another-sealing-key-of-32-bytes!")

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-server-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (env: Record<string, string>) =>
  openCore(readSettings({ DATABASE_URL: `file:${join(folder, "test.db")}`, BOOTSTRAP_API_KEY: KEY, ...env }))

async function expectRefusal(env: Record<string, string>, line: RegExp) {
  const error: unknown = await open(env).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(StartError)
  const { message } = error as StartError
  expect(message).toMatch(line)
  expect(message).not.toMatch(/\n|canary|bm90IHRoaXJ0eS10d28/)
  expect(message).not.toContain(OTHER_SEALING_KEY)
}

describe("openCore()", () => {
  it("makes tenant 1 and its first owner key, the same at every start", async () => {
    for (let start = 0; start < 2; start++) {
      const core = await open({})
      expect(await authenticate(core, KEY)).toMatchObject({ tenantId: "1", role: "owner" })
      core.store.close()
    }
  })

  it.each([
    [{ SEALING_KEY: "bm90IHRoaXJ0eS10d28=" }, /^SEALING_KEY.*32 bytes/],
    [{ BOOTSTRAP_API_KEY: "with blank" }, /^BOOTSTRAP_API_KEY/],
    [{ DATABASE_URL: "postgres://db" }, /^DATABASE_URL/],
    [{ DATABASE_URL: "http://db.example.com" }, /^DATABASE_URL.*unencrypted/],
    [{ DATABASE_URL: "ws://10.0.0.7:8080" }, /^DATABASE_URL.*unencrypted/],
    [{ DATABASE_URL: "libsql://db.example.com?tls=0" }, /^DATABASE_URL.*unencrypted/],
    [{ DATABASE_URL: "file:no/such/folder/x.db" }, /^DATABASE_URL/],
  ])("refuses %j by the setting's name", (env, line) => expectRefusal(env, line))

  it("refuses a sealing key that did not seal what is stored", async () => {
    const core = await open({ SEALING_KEY })
    await createServiceProvider(core, core.sealingKey, {
      tenantId: "1",
      name: "Jasper",
      integrationType: "Jasper",
      baseUrl: "https://carrier.example.com",
      username: "user",
      apiKey: "canary",
      billingPeriodEndDay: 18,
      timeZone: "UTC",
    })
    core.store.close()
    await expectRefusal({ SEALING_KEY: OTHER_SEALING_KEY }, /^SEALING_KEY.*sealed with another/)
    ;(await open({ SEALING_KEY })).store.close()
  })

  it("refuses to start where a stored carrier address would be spoken to in clear", async () => {
    const core = await open({ SEALING_KEY })
    const provider = await createServiceProvider(core, core.sealingKey, {
      tenantId: "1",
      name: "Jasper",
      integrationType: "Jasper",
      baseUrl: "https://carrier.example.com",
      username: "user",
      apiKey: "canary",
      billingPeriodEndDay: 18,
      timeZone: "UTC",
    })
    core.store.close()
    const client = createClient({ url: `file:${join(folder, "test.db")}` })
    await client.execute({
      sql: "UPDATE service_provider SET base_url = 'http://carrier.example.com' WHERE id = ?",
      args: [provider.id],
    })
    client.close()
    await expectRefusal({ SEALING_KEY }, /^Stored carrier addresses.*1 of 1 service providers.*use https/)
  })

  it("refuses a database of a newer version, and one that is damaged", async () => {
    ;(await open({})).store.close()
    const url = `file:${join(folder, "test.db")}`
    const client = createClient({ url })
    await client.execute("INSERT INTO schema_migration (tag, hash, applied_at) VALUES ('9999_future', 'x', 1)")
    client.close()
    await expectRefusal({}, /^DATABASE_URL.*newer version/)
    writeFileSync(join(folder, "bad.db"), "no database ".repeat(1_000))
    await expectRefusal({ DATABASE_URL: `file:${join(folder, "bad.db")}` }, /^DATABASE_URL.*(no database|damaged)/)
  })
})
