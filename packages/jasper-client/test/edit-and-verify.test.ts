import { describe, expect, test } from "vitest"
import type { DeviceEdit, EditOutcome, VerifyOptions } from "../src/mod.ts"
import { detailsOf, ICCID, json, memoryCarrier } from "./memory-carrier.ts"
import { createVirtualClock } from "./virtual-clock.ts"

/** A carrier that keeps one device; `write` decides what a PUT does and answers. */
function carrier(options: {
  readonly write?: (fields: Record<string, string>, apply: () => void) => Response
  /** Reads that still show the old state. */
  readonly lateReads?: number
  readonly read?: () => Response
}) {
  let state: Record<string, unknown> = detailsOf()
  let old = state
  let late = 0
  const clock = createVirtualClock()
  const { client, calls } = memoryCarrier(
    (call) => {
      if (call.method === "PUT") {
        const fields = JSON.parse(call.body) as Record<string, string>
        const apply = (): void => {
          old = state
          state = { ...state, ...fields }
          late = options.lateReads ?? 0
        }
        if (options.write !== undefined) return options.write(fields, apply)
        apply()
        return json({ iccid: ICCID })
      }
      if (options.read !== undefined) return options.read()
      if (call.path.endsWith("/ctdUsages")) return json({ ...state, ctdDataUsage: 0 })
      late -= 1
      return json(late >= 0 ? old : state)
    },
    { clock, backoff: { maxAttempts: 2 } },
  )
  const editAndVerify = (fields: DeviceEdit, verify?: VerifyOptions): Promise<EditOutcome> =>
    clock.run(client.devices.editAndVerify(ICCID, fields, verify))
  return { client, calls, editAndVerify }
}

const edit: DeviceEdit = { ratePlan: "Flex 10MB", accountCustom2: "moved" }
const fast = { deadlineMs: 10_000, intervalMs: 1_000 }

describe("editAndVerify", () => {
  test("answers applied once the new values show, however late", async () => {
    const { editAndVerify, calls } = carrier({ lateReads: 3 })
    const outcome = await editAndVerify(edit, fast)
    expect(outcome).toMatchObject({ outcome: "applied", reason: undefined, reads: 4, error: undefined })
    expect(outcome.details).toMatchObject({ ratePlan: "Flex 10MB", custom: { accountCustom2: "moved" } })
    expect(calls.filter((call) => call.method === "PUT")).toHaveLength(1)
  })

  test("answers applied when the answer was lost and the effect took place", async () => {
    const { editAndVerify, calls } = carrier({
      write: (_fields, apply) => {
        apply()
        throw new TypeError("connection reset")
      },
    })
    expect(await editAndVerify(edit, fast)).toMatchObject({ outcome: "applied", reads: 1 })
    expect(calls.map((call) => call.method)).toEqual(["PUT", "GET"])
  })

  test("answers unknown, silent_no_op_suspected, when a 200 never shows", async () => {
    const { editAndVerify } = carrier({ write: () => json({ iccid: ICCID }) })
    const outcome = await editAndVerify(edit, fast)
    expect(outcome).toMatchObject({ outcome: "unknown", reason: "silent_no_op_suspected", error: undefined })
    expect(outcome.details?.ratePlan).toBe("Flex 5MB")
    expect(outcome.reads).toBeGreaterThanOrEqual(10)
  })

  test("answers unknown, reply_lost, when the answer was lost and nothing shows", async () => {
    const { editAndVerify, calls } = carrier({
      write: () => {
        throw new TypeError("connection reset")
      },
    })
    const outcome = await editAndVerify(edit, fast)
    expect(outcome).toMatchObject({ outcome: "unknown", reason: "reply_lost", error: { code: "outcome.unknown" } })
    expect(calls.filter((call) => call.method === "PUT")).toHaveLength(1)
  })

  test("answers unknown, read_back_failed, when nothing can be read", async () => {
    const { editAndVerify } = carrier({ read: () => new Response("<html>", { status: 503 }) })
    expect(await editAndVerify(edit, fast)).toMatchObject({
      outcome: "unknown",
      reason: "read_back_failed",
      details: undefined,
    })
  })

  test("answers refused with the carrier's code, and reads nothing", async () => {
    const { editAndVerify, calls } = carrier({
      write: () => json({ errorCode: "10000013", errorMessage: "Bad plan" }, 400),
    })
    expect(await editAndVerify(edit, fast)).toMatchObject({
      outcome: "refused",
      error: { code: "request.invalid", carrierCode: "10000013" },
      reads: 0,
    })
    expect(calls).toHaveLength(1)
  })

  test("a refusal inside a 200 is a refusal", async () => {
    const { editAndVerify } = carrier({ write: () => json({ errorCode: "10000013", errorMessage: "Bad plan" }, 200) })
    expect(await editAndVerify(edit, fast)).toMatchObject({ outcome: "refused" })
  })

  test("already activated is applied when the device is", async () => {
    const { editAndVerify } = carrier({ write: () => json({ errorCode: "10030000", errorMessage: "Already" }, 400) })
    expect(await editAndVerify({ status: "ACTIVATED" }, fast)).toMatchObject({
      outcome: "applied",
    })
    expect(await editAndVerify({ status: "RETIRED" }, fast)).toMatchObject({
      outcome: "refused",
      error: { carrierCode: "10030000" },
    })
  })

  test("a later effective date cannot be read back today", async () => {
    const { editAndVerify, calls } = carrier({ write: () => json({ iccid: ICCID }, 202) })
    const outcome = await editAndVerify({ ...edit, effectiveDate: "2026-06-01Z" }, fast)
    expect(outcome).toMatchObject({ outcome: "unknown", reason: "deferred" })
    expect(calls).toHaveLength(1)
  })

  test("an overage override is read back from cycle usage", async () => {
    const { editAndVerify } = carrier({})
    const override = { overageLimitOverride: "PERMANENT_OVERRIDE" } as const
    expect(await editAndVerify(override, fast)).toMatchObject({ outcome: "applied" })
  })

  test("an edit of nothing, or of an unknown field, is refused before anything is sent", async () => {
    const { client, editAndVerify, calls } = carrier({})
    await expect(editAndVerify({})).rejects.toThrow(TypeError)
    await expect(client.devices.edit(ICCID, { effectiveDate: "2026-06-01Z" })).rejects.toThrow(TypeError)
    await expect(client.devices.edit(ICCID, { nope: "x" } as never)).rejects.toThrow(TypeError)
    await expect(client.devices.edit("890000", edit)).rejects.toThrow(RangeError)
    expect(calls).toHaveLength(0)
  })
})
