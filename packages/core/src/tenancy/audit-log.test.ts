import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CoreError } from "../errors/mod.ts"
import { systemRuntime } from "../ports/mod.ts"
import { openStore, type Platform, type Statement } from "../store/mod.ts"
import { appendAuditEntries } from "./audit-statements.ts"
import {
  type AuditEvent,
  importSealingKey,
  listAuditEntries,
  recordAuditStatements,
  removeAuditEntries,
  resignAuditCheckpoints,
  type SealingKey,
  verifyAuditChain,
  writeAudited,
} from "./mod.ts"

const runtime = systemRuntime()
const base64 = (byte: string) => btoa(byte.repeat(32))

let folder: string
let core: Platform
let sealingKey: SealingKey
const opened: Platform[] = []
const open = async (): Promise<Platform> => {
  const platform = {
    store: await openStore({ url: `file:${join(folder, "test.db")}`, createClient, runtime }),
    runtime,
  }
  opened.push(platform)
  return platform
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-audit-"))
  sealingKey = await importSealingKey(base64("a"))
  core = await open()
})
afterEach(() => {
  for (const { store } of opened.splice(0)) store.close()
  rmSync(folder, { recursive: true, force: true })
})

const event = (subject: string, more: Partial<AuditEvent> = {}): AuditEvent => {
  return { actor: "system", action: "test.done", subject, outcome: "done", ...more }
}
const write = (platform: Platform, events: readonly AuditEvent[], tenantId = "1", statements: Statement[] = []) =>
  writeAudited(platform, { name: "test.audited" }, statements, { tenantId, events })
const verify = (tenantId = "1") => verifyAuditChain(core, sealingKey, tenantId)
const tamper = (statement: Statement) => core.store.unit({ name: "test.tamper" }, [statement])
const subjects = async (tenantId = "1") => (await listAuditEntries(core, tenantId)).map(({ subject }) => subject)

describe("the audit log", () => {
  it("keeps who, when, what, on what and how it ended, newest first, for each tenant its own", async () => {
    await write(core, [event("a", { at: 5, actor: "api-key/k", outcome: "refused", detail: { why: "role" } })])
    await write(core, [event("b")])
    await write(core, [event("c")], "2")
    const [b, a] = await listAuditEntries(core, "1")
    expect([b?.seq, b?.subject]).toEqual([2, "b"])
    expect(a).toMatchObject({
      tenantId: "1",
      seq: 1,
      at: 5,
      actor: "api-key/k",
      outcome: "refused",
      detail: '{"why":"role"}',
    })
    expect(await subjects("2")).toEqual(["c"])
    expect(await listAuditEntries(core, "1", { before: 2, limit: 1 })).toEqual([a])
    expect(await verify()).toMatchObject({ ok: true, entries: 2 })
    expect(await verify("2")).toMatchObject({ ok: true, entries: 1 })
    expect(await verify("none")).toMatchObject({ ok: true, entries: 0 })
  })

  it("is written with the change it tells of, or not at all", async () => {
    const tenant = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`
    await write(core, [event("a")], "1", [tenant("1")])
    await expect(write(core, [event("b")], "1", [tenant("1")])).rejects.toMatchObject({ code: "store.constraint" })
    expect(await subjects()).toEqual(["a"])
  })

  it("is one chain whoever writes at once: several connections and many writers", async () => {
    const platforms = [core, await open(), await open()]
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => write(platforms[i % 3] as Platform, [event(`s${i}`), event(`t${i}`)])),
    )
    expect(await verify()).toMatchObject({ ok: true, entries: 120 })
    const all = await listAuditEntries(core, "1", { limit: 1_000 })
    expect(new Set(all.map(({ subject }) => subject)).size).toBe(120)
  }, 60_000)

  it("lets no stale writer in: what was computed from an older head is refused, and nothing of it is written", async () => {
    const first = await recordAuditStatements(core, "1", [event("a")])
    const second = await recordAuditStatements(core, "1", [event("b")])
    await core.store.unit({ name: "test.first" }, first)
    await expect(core.store.unit({ name: "test.second" }, second)).rejects.toMatchObject({
      code: "store.outdated",
      retryable: true,
      message: expect.stringContaining("test.second"),
    })
    expect(await subjects()).toEqual(["a"])
    expect(appendAuditEntries("1", { seq: 0, hash: "" }, [])).toEqual([])
  })

  it("records an event once, though its unit is written twice, also after others were recorded", async () => {
    const statements = await recordAuditStatements(core, "1", [event("a")])
    await core.store.unit({ name: "test.first" }, statements)
    await core.store.unit({ name: "test.first" }, statements)
    await write(core, [event("b")])
    await core.store.unit({ name: "test.first" }, statements)
    expect(await subjects()).toEqual(["b", "a"])
    await write(core, [event("c", { id: "once" }), event("c", { id: "once" })])
    await write(core, [event("c", { id: "once" })])
    expect(await subjects()).toEqual(["c", "b", "a"])
    expect(await verify()).toMatchObject({ ok: true, entries: 3 })
  })

  it("records an event once where the answer of its unit was lost and it is made anew", async () => {
    let losses = 1
    const store: Platform["store"] = {
      ...core.store,
      async unit(options, statements) {
        const rows = await core.store.unit(options, statements)
        if (losses-- > 0) throw new CoreError("store.outdated", "Cannot write: made up")
        return rows
      },
    }
    await write({ ...core, store }, [event("a")])
    expect(await subjects()).toEqual(["a"])
  })

  it("redacts what it is given: secrets and identifiers in any text, but not ids of ours", async () => {
    const id = "0mi8x4k2p000012345678"
    await write(core, [
      event(`device/${id}`, {
        detail: {
          note: "ICCID 8900 0000 0000 0000 017",
          imei: 490154203237518,
          list: ["Bearer canary-token-1"],
          n: 12,
        },
      }),
      event("msisdn/15550100123", { actor: "ax_canary-key-000000" }),
    ])
    const [second, first] = await listAuditEntries(core, "1")
    expect(first?.subject).toBe(`device/${id}`)
    expect(JSON.parse(first?.detail ?? "")).toEqual({
      note: "ICCID …0017",
      imei: "…7518",
      list: ["Bearer [redacted]"],
      n: 12,
    })
    expect([second?.subject, second?.actor]).toEqual(["msisdn/…0123", "[redacted]"])
    expect(await verify()).toMatchObject({ ok: true })
  })

  it("keeps any text as it is, or refuses the event by its field", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
        fc.jsonValue(),
        async (text, detail) => {
          const recorded = await write(core, [event(text, { detail: { detail } })]).catch((error: unknown) => error)
          if (recorded instanceof Error) expect(recorded).toMatchObject({ code: "input.invalid", field: "subject" })
        },
      ),
      { numRuns: 100 },
    )
    expect(await verify()).toMatchObject({ ok: true })
    for (const field of ["actor", "action", "subject"] as const) {
      await expect(write(core, [event("x", { [field]: "" })])).rejects.toMatchObject({ code: "input.invalid", field })
    }
    await expect(write(core, [event("x", { at: 1.5 })])).rejects.toMatchObject({ code: "input.invalid", field: "at" })
    await expect(write(core, [event("x", { detail: { f: () => 1 } })])).rejects.toMatchObject({ field: "detail" })
    await expect(listAuditEntries(core, "1", { limit: 0 })).rejects.toMatchObject({ field: "limit" })
  }, 60_000)
})

describe("verifyAuditChain()", () => {
  const fill = async (count: number) => {
    await write(
      core,
      Array.from({ length: count }, (_, i) => event(`s${i + 1}`, { at: 1_000 + i })),
    )
  }

  it.each([
    ["an actor", sql`UPDATE audit_entry SET actor = 'nobody' WHERE seq = 3`, { seq: 3, reason: "changed" }],
    ["an instant", sql`UPDATE audit_entry SET at = at + 1 WHERE seq = 3`, { seq: 3, reason: "changed" }],
    ["a tenant", sql`UPDATE audit_entry SET tenant_id = '2' WHERE seq = 3`, { seq: 3, reason: "missing" }],
    ["an entry taken out", sql`DELETE FROM audit_entry WHERE seq = 3`, { seq: 3, reason: "missing" }],
    ["the first one taken out", sql`DELETE FROM audit_entry WHERE seq = 1`, { seq: 1, reason: "missing" }],
    ["the last one taken out", sql`DELETE FROM audit_entry WHERE seq = 1100`, { seq: 1100, reason: "missing" }],
    ["all taken out", sql`DELETE FROM audit_entry`, { seq: 1, reason: "missing" }],
    [
      "numbers swapped",
      sql`UPDATE audit_entry SET seq = CASE seq WHEN 600 THEN -601 ELSE -600 END WHERE seq IN (600, 601)`,
      { seq: 600, reason: "missing" },
    ],
    [
      "a removal without a signature",
      sql`UPDATE audit_log SET checkpoint_seq = 3, checkpoint_hash = (SELECT hash FROM audit_entry WHERE seq = 3)`,
      { seq: 3, reason: "unsigned" },
    ],
  ])("finds %s, over pages", async (_what, change, verdict) => {
    await fill(1_100)
    expect(await verify()).toMatchObject({ ok: true, entries: 1_100 })
    await tamper(change)
    expect(await verify()).toEqual({ ok: false, ...verdict })
  })

  it("finds a log that was computed anew as a whole, by a head that was noted before", async () => {
    await fill(5)
    const noted = await verify()
    if (!noted.ok) throw new Error("broken")
    await write(core, [event("later")])
    expect(await verifyAuditChain(core, sealingKey, "1", noted.head)).toMatchObject({ ok: true, entries: 6 })
    await tamper(sql`DELETE FROM audit_entry`)
    await tamper(sql`DELETE FROM audit_log`)
    await write(
      core,
      Array.from({ length: 7 }, (_, i) => event(`forged${i}`)),
    )
    expect(await verify()).toMatchObject({ ok: true })
    expect(await verifyAuditChain(core, sealingKey, "1", noted.head)).toEqual({ ok: false, seq: 5, reason: "changed" })
    await tamper(sql`DELETE FROM audit_entry`)
    await tamper(sql`DELETE FROM audit_log`)
    expect(await verifyAuditChain(core, sealingKey, "1", noted.head)).toEqual({ ok: false, seq: 1, reason: "missing" })
  })

  it("holds while others write and remove", async () => {
    await fill(1_200)
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await write(core, [event(`more${i}`)])
    })()
    const removing = (async () => {
      for (let i = 100; i <= 1_100; i += 200) await removeAuditEntries(core, sealingKey, "1", 1_000 + i)
    })()
    for (let i = 0; i < 20; i++) expect(await verify()).toMatchObject({ ok: true })
    await Promise.all([writing, removing])
    expect(await verify()).toMatchObject({ ok: true, entries: 140, checkpoint: { seq: 1_100 } })
  }, 60_000)
})

describe("removeAuditEntries()", () => {
  const fill = (from: number, to: number) =>
    write(
      core,
      Array.from({ length: to - from + 1 }, (_, i) => event(`s${from + i}`, { at: 1_000 * (from + i) })),
    )

  it("removes from the oldest on and leaves a signed checkpoint, from which the rest verifies", async () => {
    await fill(1, 10)
    expect(await removeAuditEntries(core, sealingKey, "1", 4_000)).toEqual({ removed: 3 })
    expect((await subjects()).at(-1)).toBe("s4")
    expect(await verify()).toMatchObject({ ok: true, entries: 7, checkpoint: { seq: 3 } })
    expect(await removeAuditEntries(core, sealingKey, "1", 4_000)).toEqual({ removed: 0 })
    expect(await removeAuditEntries(core, sealingKey, "1", 100_000)).toEqual({ removed: 7 })
    expect(await verify()).toMatchObject({ ok: true, entries: 0, head: { seq: 10 } })
    await fill(11, 12)
    expect(await verify()).toMatchObject({ ok: true, entries: 2, checkpoint: { seq: 10 } })
    expect(await removeAuditEntries(core, sealingKey, "none", 100_000)).toEqual({ removed: 0 })
  })

  it("goes on after it was stopped between the checkpoint and the removal", async () => {
    await fill(1, 10)
    const store: Platform["store"] = {
      ...core.store,
      unit: (options, statements) =>
        options.name === "tenancy.audit-remove"
          ? Promise.reject(new CoreError("store.unavailable", "Cannot write"))
          : core.store.unit(options, statements),
    }
    await expect(removeAuditEntries({ ...core, store }, sealingKey, "1", 4_000)).rejects.toMatchObject({
      code: "store.unavailable",
    })
    expect(await verify()).toMatchObject({ ok: true, entries: 7 })
    expect(await removeAuditEntries(core, sealingKey, "1", 4_000)).toEqual({ removed: 3 })
  })

  it("removes nothing that does not verify: it is evidence", async () => {
    await fill(1, 10)
    await tamper(sql`UPDATE audit_entry SET actor = 'nobody' WHERE seq = 2`)
    await expect(removeAuditEntries(core, sealingKey, "1", 4_000)).rejects.toMatchObject({ code: "audit.broken" })
    expect(await subjects()).toHaveLength(10)
  })

  it("takes no signature but its own, for this tenant and this place", async () => {
    await fill(1, 4)
    await removeAuditEntries(core, sealingKey, "1", 3_000)
    const other = await importSealingKey(base64("b"))
    expect(await verifyAuditChain(core, other, "1")).toEqual({ ok: false, seq: 2, reason: "unsigned" })
    await write(core, [event("x", { at: 1 }), event("y", { at: 9 })], "2")
    await removeAuditEntries(core, sealingKey, "2", 5)
    await tamper(sql`UPDATE audit_log SET checkpoint_signature =
      (SELECT checkpoint_signature FROM audit_log WHERE tenant_id = '2') WHERE tenant_id = '1'`)
    expect(await verify()).toEqual({ ok: false, seq: 2, reason: "unsigned" })
    await expect(resignAuditCheckpoints(core, { ...other, retired: [sealingKey] })).rejects.toMatchObject({
      code: "audit.broken",
    })
  })

  it("is signed anew when the sealing key is replaced", async () => {
    await fill(1, 4)
    await removeAuditEntries(core, sealingKey, "1", 3_000)
    const next = await importSealingKey(base64("b"), [base64("a")])
    expect(await verifyAuditChain(core, next, "1")).toMatchObject({ ok: true })
    expect(await resignAuditCheckpoints(core, next)).toEqual({ signed: 1 })
    expect(await resignAuditCheckpoints(core, next)).toEqual({ signed: 0 })
    expect(await verifyAuditChain(core, await importSealingKey(base64("b")), "1")).toMatchObject({
      ok: true,
      entries: 2,
    })
    expect(await verify()).toEqual({ ok: false, seq: 2, reason: "unsigned" })
  })
})
