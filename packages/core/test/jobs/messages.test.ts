import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sql } from "drizzle-orm"
import { CoreError } from "../../src/errors/mod.ts"
import {
  archiveJobs,
  listDeadMessages,
  type MessageTranslator,
  type QueueMessage,
  receiveMessages,
  replayDeadMessages,
} from "../../src/jobs/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { jobFixture } from "./fixture.ts"

const message = (id: string, attributes: Record<string, string> = { TenantId: "t1", Name: id }): QueueMessage => ({
  id,
  attributes,
  body: "",
})
const REQUIRED = ["TenantId", "Name"]

/** A host whose translator asks for one job for each name of a message. */
async function ingress() {
  const fixture = await jobFixture(async () => ({}))
  const settings = { required: REQUIRED }
  const translator: MessageTranslator = {
    name: "names",
    translate({ attributes, body }) {
      for (const field of settings.required) {
        if (!attributes[field]) throw new CoreError("input.invalid", `Cannot read the message: no ${field}`, { field })
      }
      if (body === "defect") throw new TypeError("secret of 8901000000000000017")
      if (body === "quotes") throw new CoreError("input.invalid", "Cannot read 8901000000000000017", { field: "Name" })
      return (attributes["Name"] ?? "nobody").split(",").map((name) => ({
        type: fixture.type as never,
        tenantId: attributes["TenantId"] as string,
        payload: { name: body === "number" ? 7 : name },
        ...(body === "broken" && { target: {} as string }),
      }))
    },
  }
  const host = { ...fixture.host, translators: [translator] }
  return { ...fixture, host, settings, receive: receiveMessages.bind(undefined, host, { source: "names" }) }
}

describe("receiveMessages()", () => {
  it("makes the jobs of a message, and runs them", async () => {
    const { receive, run, jobs } = await ingress()
    expect(await receive([message("m1"), message("m2", { TenantId: "t2", Name: "a,b" })])).toEqual({
      accepted: 2,
      repeated: 0,
      deadLettered: 0,
    })
    expect((await jobs()).map(({ tenantId }) => tenantId).sort()).toEqual(["t1", "t2", "t2"])
    expect(await run()).toMatchObject({ completed: 3 })
  })

  it("keeps each bad message with its reason, and handles those around it", async () => {
    const { receive, host, jobs } = await ingress()
    const bad = [
      message("no-tenant", { Name: "x" }),
      { ...message("payload"), body: "number" },
      { ...message("defect"), body: "defect" },
      { ...message("quotes"), body: "quotes" },
      { ...message("cannot-be-written"), body: "broken" },
      { id: "attributes", attributes: { TenantId: 1 }, body: "" },
      { attributes: {}, body: "no id" },
      "no message",
      null,
    ] as QueueMessage[]
    expect(await receive([message("first"), ...bad, message("last")])).toEqual({
      accepted: 2,
      repeated: 0,
      deadLettered: bad.length,
    })
    expect(await jobs()).toHaveLength(2)
    const dead = await listDeadMessages(host)
    expect(dead.map(({ reason }) => [reason.code, reason.field])).toEqual([
      ["input.invalid", "TenantId"],
      ["job.payload_invalid", "name"],
      ["unexpected", null],
      ["input.invalid", "Name"],
      ["unexpected", null],
      ["input.invalid", "attributes.TenantId"],
      ["input.invalid", "id"],
      ["input.invalid", "message"],
      ["input.invalid", "message"],
    ])
    expect(dead[0]).toMatchObject({ source: "names", attempts: 1, message: message("no-tenant", { Name: "x" }) })
    expect(dead[5]?.message).toMatchObject({ id: "attributes", body: JSON.stringify(bad[5]) })
    // The message is kept whole for its replay; the reason may be shown.
    expect(JSON.stringify(dead.map(({ reason }) => reason))).not.toMatch(/8901\d{15}|secret/)
  })

  it("makes the jobs of a message once, however often and in whatever batches it is delivered", async () => {
    // One database for all runs, each with ids of its own: to open one costs more than a run.
    const { receive, jobs, host } = await ingress()
    const counts = async () => ({ jobs: (await jobs()).length, dead: (await listDeadMessages(host)).length })
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }), { maxLength: 8 }),
        async (batches) => {
          run++
          const before = await counts()
          const delivered = (n: number) => (n === 9 ? message(`${run}/m9`, {}) : message(`${run}/m${n}`))
          let accepted = 0
          for (const batch of batches) accepted += (await receive(batch.map(delivered))).accepted
          const good = new Set(batches.flat().filter((n) => n !== 9))
          const bad = batches.flat().includes(9) ? 1 : 0
          expect(accepted).toBe(good.size)
          expect(await counts()).toEqual({ jobs: before.jobs + good.size, dead: before.dead + bad })
        },
      ),
      { numRuns: 40 },
    )
  })

  it("makes them once also where two processes receive the same batch, and where an answer is lost", async () => {
    const { receive, jobs, host, store } = await ingress()
    const batch = [message("m1"), message("m2", {}), message("m3")]
    await Promise.all([receive(batch), receive(batch)])
    expect(await jobs()).toHaveLength(2)
    const plan = faultPlan({ failAt: { point: "after:jobs.receive", occurrence: 1 } })
    const faulty = { ...host, store: faultyStore(store, plan) }
    await expect(receiveMessages(faulty, { source: "names" }, [message("m4")])).rejects.toMatchObject({
      code: "store.unavailable",
    })
    expect(await receive([message("m4")])).toEqual({ accepted: 0, repeated: 1, deadLettered: 0 })
    expect(await jobs()).toHaveLength(3)
  })

  it("takes from a tenant's door what asks for that tenant's jobs only", async () => {
    const { host, jobs } = await ingress()
    const door = { source: "names", tenantId: "t1" }
    const foreign = message("m2", { TenantId: "t2", Name: "x" })
    expect(await receiveMessages(host, door, [message("m1"), foreign])).toMatchObject({ accepted: 1, deadLettered: 1 })
    expect(await jobs()).toMatchObject([{ tenantId: "t1" }])
    expect(await listDeadMessages(host, { tenantId: "t1" })).toMatchObject([{ reason: { field: "tenantId" } }])
    expect(await listDeadMessages(host)).toEqual([])
    // The ids are the doors' own: one door's messages do not hide another's.
    expect(await receiveMessages(host, { source: "names" }, [message("m1")])).toMatchObject({ accepted: 1 })
    expect(await jobs()).toHaveLength(2)
  })

  it("refuses a source that nobody reads, so that its queue keeps the messages", async () => {
    const { host } = await ingress()
    await expect(receiveMessages(host, { source: "others" }, [message("m1")])).rejects.toMatchObject({
      code: "input.invalid",
      field: "source",
    })
  })

  it("forgets accepted messages after a time, and dead ones never", async () => {
    const { receive, host, clock, store } = await ingress()
    await receive([message("m1"), message("m2", {})])
    await clock.advance(30 * 86_400_000)
    expect(await archiveJobs(host)).toMatchObject({ messages: 0 })
    await clock.advance(1)
    expect(await archiveJobs(host)).toMatchObject({ messages: 1 })
    expect(await store.rows(sql`SELECT message_id AS id, state FROM job_message`)).toEqual([
      { id: "m2", state: "dead" },
    ])
  })
})

describe("dead messages", () => {
  it("are replayed after a fix, and those that still make no jobs stay with the new reason", async () => {
    const { receive, host, settings, jobs } = await ingress()
    await receive([message("m1", { TenantId: "t1" }), message("m2", {}), message("m3", { TenantId: "t1" })])
    settings.required = ["TenantId"]
    const [first] = await listDeadMessages(host, { limit: 1 })
    expect(await replayDeadMessages(host, { ids: [first?.id ?? ""] })).toEqual({
      accepted: 1,
      repeated: 0,
      deadLettered: 0,
    })
    expect(await replayDeadMessages(host, { source: "others" })).toMatchObject({ accepted: 0, deadLettered: 0 })
    expect(await replayDeadMessages(host, { source: "names" })).toMatchObject({ accepted: 1, deadLettered: 1 })
    expect(await jobs()).toHaveLength(2)
    expect(await listDeadMessages(host)).toMatchObject([
      { message: { id: "m2" }, attempts: 2, reason: { field: "TenantId" } },
    ])
    // The queue may deliver them again, too.
    expect(await receive([message("m1"), message("m2")])).toEqual({ accepted: 1, repeated: 1, deadLettered: 0 })
    expect(await listDeadMessages(host)).toEqual([])
  })

  it("stay where nobody reads their source any more, and are listed page by page", async () => {
    const { receive, host } = await ingress()
    await receive([message("m1", {}), message("m2", {}), message("m3", {})])
    expect(await replayDeadMessages({ ...host, translators: [] })).toMatchObject({ accepted: 0, deadLettered: 3 })
    const page = await listDeadMessages(host, { limit: 2 })
    const rest = await listDeadMessages(host, { limit: 2, after: page.at(-1)?.id ?? "" })
    expect([page, rest].map((some) => some.map((one) => one.message.id))).toEqual([["m1", "m2"], ["m3"]])
  })
})
