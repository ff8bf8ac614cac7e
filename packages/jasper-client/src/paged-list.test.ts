import { describe, expect, test, vi } from "vitest"
import { json, memoryCarrier } from "../test/memory-carrier.ts"
import { isJasperError } from "./errors.ts"
import type { Page } from "./paging.ts"

// Machines differ, and so do their neighbours: none of these tests is about speed.
vi.setConfig({ testTimeout: 60_000 })

const SINCE = "2026-01-01T00:00:00Z"

/** A carrier with so many devices, and its ways to end a list. */
function carrier(
  count: number,
  end: { readonly past?: "error" | "empty"; readonly lastPage?: (page: number) => unknown },
) {
  return memoryCarrier((call) => {
    const query = new URLSearchParams(call.path.split("?")[1])
    const [pageNumber, pageSize] = [Number(query.get("pageNumber")), Number(query.get("pageSize"))]
    const first = (pageNumber - 1) * pageSize
    if (first >= count && pageNumber > 1 && end.past === "error") {
      return json({ errorCode: "10000007", errorMessage: "Invalid pageNumber" }, 400)
    }
    const devices = Array.from({ length: Math.max(0, Math.min(pageSize, count - first)) }, (_, n) => ({
      iccid: `8944${String(first + n).padStart(15, "0")}`,
      status: "ACTIVATED",
      ratePlan: "A",
      communicationPlan: null,
      newField: 1,
    }))
    const last = end.lastPage === undefined ? first + pageSize >= count : end.lastPage(pageNumber)
    return json({ pageNumber, devices, ...(last === undefined ? {} : { lastPage: last }) })
  })
}

async function count(list: AsyncIterable<unknown>): Promise<number> {
  let items = 0
  for await (const _ of list) items += 1
  return items
}

describe("a list is read to its end, whatever the carrier says of its last page", () => {
  for (const [name, lastPage] of Object.entries({
    truthful: undefined,
    missing: () => undefined,
    "always false": () => false,
    "true one page early": (page: number) => page >= 1,
    null: () => null,
  })) {
    for (const past of ["error", "empty"] as const) {
      test(`lastPage ${name}, past the end: ${past}`, async () => {
        for (const devices of [0, 1, 49, 50, 51, 100, 149]) {
          const { client } = carrier(devices, { past, ...(lastPage === undefined ? {} : { lastPage }) })
          expect(await count(client.devices.search({ modifiedSince: SINCE }))).toBe(devices)
        }
      })
    }
  }
})

describe("pages", () => {
  test("stop on break: nothing more is requested", async () => {
    const { client, calls } = carrier(500, {})
    for await (const _ of client.devices.search({ modifiedSince: SINCE })) break
    expect(calls).toHaveLength(1)
  })

  test("nothing is requested before the first step, and each iteration begins anew", async () => {
    const { client, calls } = carrier(60, {})
    const list = client.devices.search({ modifiedSince: SINCE })
    expect(calls).toHaveLength(0)
    expect(await count(list)).toBe(60)
    expect(await count(list)).toBe(60)
  })

  test("resume from a stored checkpoint", async () => {
    const { client } = carrier(130, {})
    const pages: Page<{ iccid: string }>[] = []
    for await (const page of client.devices.search({ modifiedSince: SINCE }).pages()) {
      pages.push(page)
      if (pages.length === 1) break
    }
    const checkpoint = JSON.parse(JSON.stringify(pages[0]?.checkpoint))
    for await (const page of client.devices.search({ modifiedSince: SINCE }, { checkpoint }).pages()) pages.push(page)
    expect(pages.map((page) => [page.pageNumber, page.items.length, page.isLastPage])).toEqual([
      [1, 50, false],
      [2, 50, false],
      [3, 30, true],
    ])
    expect(pages.at(-1)?.checkpoint).toBeUndefined()
    try {
      client.devices.search({ modifiedSince: "2026-02-01T00:00:00Z" }, { checkpoint })
      expect.unreachable()
    } catch (error) {
      expect(isJasperError(error, "checkpoint.invalid")).toBe(true)
    }
  })

  test("dates are sent with Z, never with a plus; unknown parameters are refused", async () => {
    const { client, calls } = carrier(1, {})
    await count(client.devices.search({ modifiedSince: "2026-01-01T01:00:00.5+01:00", status: "ACTIVATED" }))
    expect(calls[0]?.path).toBe(
      "/devices?modifiedSince=2026-01-01T00%3A00%3A00Z&pageSize=50&status=ACTIVATED&pageNumber=1",
    )
    expect(() => client.devices.search({ modifiedSince: SINCE, iccid: "1" } as never)).toThrow(TypeError)
    expect(() => client.devices.search({ modifiedSince: SINCE, pageSize: 51 })).toThrow(RangeError)
  })
})

describe("a page of another shape", () => {
  test.each([
    ["devices is missing", {}, "devices"],
    ["an ICCID is a number", { devices: [{ iccid: 8944, status: "X" }] }, "devices.0.iccid"],
    [
      "a plan is a number",
      { devices: [{ iccid: "8944000000000000017", status: "X", ratePlan: 7 }] },
      "devices.0.ratePlan",
    ],
    ["a row is null", { devices: [null] }, "devices.0"],
  ])("%s: response.schema names the path, not the value", async (_name, body, path) => {
    const { client } = memoryCarrier(() => json(body))
    const error = await count(client.devices.search({ modifiedSince: SINCE })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: "response.schema", retryable: false })
    expect((error as Error).message).toContain(`${path} must be`)
    expect((error as Error).message).not.toContain("8944")
  })
})
