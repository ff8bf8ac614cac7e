import { listOf, must, mustAnswer, mustBe, mustBeStyleA, mustRefuse, objectOf } from "./expect.ts"
import type { Probe } from "./probe.ts"

/** One thing that a carrier has to do. */
export interface ConformanceCheck {
  /** A sentence about the carrier. */
  readonly name: string
  /** Ends the check by throwing, with what was expected and what came. */
  readonly run: (probe: Probe) => Promise<void>
}

const SINCE = "modifiedSince=2000-01-01T00%3A00%3A00Z"
const REALM = 'Basic realm="Jasper"'

/** Credentials, versions, and the shape of errors. */
const DOOR_CHECKS: readonly ConformanceCheck[] = [
  {
    name: "answers a call without credentials with 401 and no error code",
    async run({ getAs }) {
      const probed = await getAs(undefined, "/v1/echo/hello")
      must(probed.status === 401, `status 401, got ${probed.status}`)
      must(probed.headers.get("www-authenticate") === REALM, `the challenge ${REALM}`)
      const body = objectOf(probed)
      must(!("errorCode" in body) && typeof body["errorMessage"] === "string", "an errorMessage and no errorCode")
    },
  },
  {
    name: "answers wrong credentials with 401 and 10000001",
    async run({ getAs }) {
      mustRefuse(
        await getAs(`Basic ${btoa("nobody:00000000-0000-0000-0000-000000000000")}`, "/v1/echo/hello"),
        401,
        "10000001",
      )
    },
  },
  {
    name: "echoes under the key context",
    async run({ get }) {
      const { context } = mustAnswer(await get("/echo/hello%20there"))
      must(context === "hello there", `context "hello there", got ${JSON.stringify(context)}`)
    },
  },
  {
    name: "sends a Date header",
    async run({ get }) {
      const { headers } = await get("/echo/hello")
      must(!Number.isNaN(Date.parse(headers.get("date") ?? "")), `a Date header, got ${headers.get("date")}`)
    },
  },
]

/** The search. */
const SEARCH_CHECKS: readonly ConformanceCheck[] = [
  ...(
    [
      ["a search without modifiedSince", "/devices", "10000003"],
      ["a date that is none", "/devices?modifiedSince=yesterday", "10000012"],
      ["a page size of 0", `/devices?${SINCE}&pageSize=0`, "10000006"],
      ["a page number of 0", `/devices?${SINCE}&pageNumber=0`, "10000007"],
      ["a status that is none", `/devices?${SINCE}&status=SUSPENDED`, "10000005"],
    ] as const
  ).map(([what, path, code]) => ({
    name: `refuses ${what} with ${code}`,
    run: async ({ get }: Probe) => mustRefuse(await get(path), 400, code),
  })),
  {
    name: "lists SIMs with four fields, all of them text",
    async run({ get }) {
      const body = mustAnswer(await get(`/devices?${SINCE}&pageSize=10`))
      must(body["pageNumber"] === 1, "pageNumber 1")
      mustBe(body, "lastPage", "boolean")
      for (const device of listOf(body, "devices")) {
        for (const name of ["iccid", "status", "ratePlan", "communicationPlan"]) mustBe(device, name, "string")
      }
    },
  },
  {
    name: "orders SIMs by modification date, oldest first",
    async run({ get }) {
      const devices = listOf(mustAnswer(await get(`/devices?${SINCE}&pageSize=5`)), "devices")
      let latest = Number.NEGATIVE_INFINITY
      for (const { iccid } of devices) {
        const { dateUpdated } = mustAnswer(await get(`/devices/${String(iccid)}`))
        const instant = mustBeStyleA(dateUpdated, "dateUpdated")
        must(instant >= latest, `dates to ascend, got ${String(dateUpdated)} after a later one`)
        latest = instant
      }
    },
  },
  {
    name: "reads the same rows on two pages of 5 as on one of 10",
    async run({ get }) {
      const rows = async (query: string) =>
        listOf(mustAnswer(await get(`/devices?${SINCE}&${query}`)), "devices").map((device) => String(device["iccid"]))
      const whole = await rows("pageSize=10")
      const parts = [...(await rows("pageSize=5")), ...(await rows("pageSize=5&pageNumber=2"))]
      must(whole.join() === parts.join(), `the rows ${whole.join(" ")}, got ${parts.join(" ")}`)
    },
  },
  {
    name: "answers a page far past the end with an empty one or 10000007",
    async run({ get }) {
      const probed = await get(`/devices?${SINCE}&pageNumber=90000000`)
      if (probed.status !== 200) mustRefuse(probed, 400, "10000007")
      else must(listOf(objectOf(probed), "devices").length === 0, "no rows")
    },
  },
  {
    name: "shows the chosen fields only",
    async run({ get }) {
      const [device] = listOf(mustAnswer(await get(`/devices?${SINCE}&pageSize=1&fields=iccid,status`)), "devices")
      must(
        Object.keys(device ?? {})
          .sort()
          .join() === "iccid,status",
        "the fields iccid and status alone",
      )
    },
  },
]

const TEXT_FIELDS = ["iccid", "imsi", "msisdn", "imei", "status", "ratePlan", "communicationPlan", "accountId"]

/** One SIM. */
const DEVICE_CHECKS: readonly ConformanceCheck[] = [
  {
    name: "describes a SIM with text fields and dates in style A",
    async run({ get, iccid }) {
      const details = mustAnswer(await get(`/devices/${await iccid()}`))
      for (const name of TEXT_FIELDS) mustBe(details, name, "string")
      for (const name of ["accountCustom1", "accountCustom10"]) mustBe(details, name, "string")
      for (const name of ["customer", "deviceID", "modemID", "fixedIPAddress"]) mustBe(details, name, "string", true)
      mustBeStyleA(details["dateUpdated"], "dateUpdated")
      for (const name of ["dateActivated", "dateShipped"]) {
        if (details[name] !== null) mustBeStyleA(details[name], name)
      }
    },
  },
  {
    name: "does not find an ICCID of the other length",
    async run({ get, iccid }) {
      const known = await iccid()
      const other = known.length === 20 ? known.slice(0, 19) : `${known}0`
      mustRefuse(await get(`/devices/${other}`), 404, "20000001")
    },
  },
  {
    name: "counts usage since the cycle began in numbers",
    async run({ get, iccid }) {
      const usage = mustAnswer(await get(`/devices/${await iccid()}/ctdUsages`))
      for (const name of ["ctdDataUsage", "ctdSMSUsage", "ctdVoiceUsage", "ctdSessionCount"])
        mustBe(usage, name, "number")
      mustBe(usage, "overageLimitReached", "boolean")
    },
  },
  {
    name: "tells a session that never was from one that lasts and one that ended",
    async run({ get, iccid }) {
      const session = mustAnswer(await get(`/devices/${await iccid()}/sessionInfo`))
      mustBe(session, "ipAddress", "string", true)
      if (session["dateSessionStarted"] !== null) mustBeStyleA(session["dateSessionStarted"], "dateSessionStarted")
      else must(session["dateSessionEnded"] === null, "no end of a session that never began")
      must(session["ipv6Address"] !== null, "no ipv6Address, or one that is not null")
    },
  },
  {
    name: "lists what changed, newest first",
    async run({ get, iccid }) {
      const body = mustAnswer(await get(`/devices/${await iccid()}/auditTrails?daysOfHistory=365`))
      const instants = listOf(body, "deviceAuditTrails").map((row) => Date.parse(String(row["effectiveDate"])))
      must(
        instants.every((instant, i) => i === 0 || instant <= (instants[i - 1] ?? 0)),
        "dates to descend",
      )
    },
  },
]

/** Plans, usage, messages. */
const ACCOUNT_CHECKS: readonly ConformanceCheck[] = [
  {
    name: "lists rate plans with name and type",
    async run({ get }) {
      const body = mustAnswer(await get("/rateplans"))
      mustBe(body, "lastPage", "boolean")
      for (const plan of listOf(body, "ratePlans")) {
        mustBe(plan, "name", "string")
        mustBe(plan, "type", "string")
      }
    },
  },
  {
    name: "lists usage of a rate plan by zone, with ICCIDs as deviceId",
    async run({ get }) {
      const [plan] = listOf(mustAnswer(await get("/rateplans")), "ratePlans")
      const body = mustAnswer(await get(`/usages?ratePlanName=${encodeURIComponent(String(plan?.["name"]))}`))
      for (const zone of listOf(body, "zones")) {
        for (const { deviceId, usage } of listOf(zone, "devices")) {
          must(/^\d{19,20}$/.test(String(deviceId)), `an ICCID as deviceId, got ${JSON.stringify(deviceId)}`)
          mustBe(usage as Readonly<Record<string, unknown>>, "dataUsage", "number")
        }
      }
    },
  },
  {
    name: "refuses usage of a plan that does not exist with 10000013",
    async run({ get }) {
      mustRefuse(await get("/usages?ratePlanName=No%20such%20plan%20at%20all"), 400, "10000013")
    },
  },
  {
    name: "refuses a message search without fromDate with 10000022",
    async run({ get }) {
      mustRefuse(await get("/smsMessages"), 400, "10000022")
    },
  },
]

/** Writes: made to the one SIM that the caller gave, and taken back. */
export const WRITE_CHECKS: readonly ConformanceCheck[] = [
  {
    name: "sets a custom field, answers with the ICCID, and moves the modification date",
    async run({ get, put, iccid }) {
      const path = `/devices/${await iccid()}`
      const before = mustAnswer(await get(path))
      const value = before["accountCustom9"] === "conformance" ? "conformance 2" : "conformance"
      const answer = mustAnswer(await put(path, JSON.stringify({ accountCustom9: value })))
      must(answer["iccid"] === (await iccid()), `its iccid, got ${JSON.stringify(answer["iccid"])}`)
      const after = mustAnswer(await get(path))
      await put(path, JSON.stringify({ accountCustom9: String(before["accountCustom9"]) }))
      must(
        after["accountCustom9"] === value,
        `accountCustom9 "${value}", got ${JSON.stringify(after["accountCustom9"])}`,
      )
      const [old, now] = [before, after].map(({ dateUpdated }) => mustBeStyleA(dateUpdated, "dateUpdated"))
      must((now ?? 0) > (old ?? 0), "a later dateUpdated")
    },
  },
  {
    name: "refuses a rate plan that does not exist with 10000013",
    async run({ put, iccid }) {
      const body = JSON.stringify({ ratePlan: "No such plan at all" })
      mustRefuse(await put(`/devices/${await iccid()}`, body), 400, "10000013")
    },
  },
  {
    name: "refuses a body that is no JSON with 10000023",
    async run({ put, iccid }) {
      mustRefuse(await put(`/devices/${await iccid()}`, "{ratePlan"), 400, "10000023")
    },
  },
]

/** Everything that can be seen without changing anything. */
export const READ_CHECKS: readonly ConformanceCheck[] = [
  ...DOOR_CHECKS,
  ...SEARCH_CHECKS,
  ...DEVICE_CHECKS,
  ...ACCOUNT_CHECKS,
]
