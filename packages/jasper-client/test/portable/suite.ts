import {
  createCallLimiter,
  createJasperClient,
  formatCarrierDate,
  isJasperError,
  parseCarrierDate,
  planSync,
  systemClock,
} from "@altaworx/jasper-client"
import { parsePushEvent, signPushTimestamp, verifyPushEvent } from "@altaworx/jasper-client/push"
import { recordSession, replaySession } from "@altaworx/jasper-client/recording"
import { createSimulator, DEFAULT_CREDENTIALS } from "@altaworx/jasper-client/simulator"

/** One finding of each part of the public API, as plain JSON: the same on every runtime. */
export async function runSuite(): Promise<Readonly<Record<string, unknown>>> {
  return { ...(await client()), ...(await push()), ...(await recording()), ...values() }
}

async function client(): Promise<Record<string, unknown>> {
  const rules = [
    { fault: "throttle400", nth: 5 },
    { fault: "truncatedBody", nth: 9 },
    { fault: "serverError", nth: 14 },
  ] as const
  const simulator = createSimulator({ seed: 7, devices: 230, callsPerSecond: 500, faults: { rules } })
  const account = { baseUrl: "http://simulator/rws", ...DEFAULT_CREDENTIALS }
  const limiter = createCallLimiter({ callsPerSecond: 500, backoff: { baseMs: 5 } })
  const retries: string[] = []
  const jasper = createJasperClient({
    ...account,
    limiter,
    backoff: { baseMs: 5 },
    fetch: (request) => simulator.fetch(request),
    hooks: { onRetry: ({ reason }) => retries.push(reason) },
  })
  const seen = new Set<string>()
  const scan = jasper.devices.scan({ scope: "all", stitch: true })
  let step = await scan.next()
  for (; step.done !== true; step = await scan.next()) for (const row of step.value.rows) seen.add(row.iccid)
  const [iccid = ""] = seen
  const edit = await jasper.devices.editAndVerify(iccid, { accountCustom1: "moved" }, { intervalMs: 5 })
  const unknown = await jasper.devices.get("8900000000000000000").catch((error: unknown) => error)
  const abort = new AbortController()
  abort.abort("gone")
  return {
    seen: seen.size,
    certificate: [step.value.certified, step.value.count, step.value.listed, step.value.method],
    retries,
    edit: [edit.outcome, edit.details?.custom.accountCustom1],
    unknown: isJasperError(unknown, "request.not_found") && unknown.carrierCode,
    aborted: await jasper.echo("x", { signal: abort.signal }).catch((reason: unknown) => reason),
    late: await systemClock.sleep(5).then(() => "woke"),
  }
}

async function push(): Promise<Record<string, unknown>> {
  const timestamp = "2026-02-21T03:02:18.393Z"
  const signature2 = await signPushTimestamp(timestamp, "secret")
  const body = new URLSearchParams({ eventId: "1", eventType: "CTD_USAGE", timestamp, signature2, data: "<x/>" })
  const event = parsePushEvent(body.toString(), "application/x-www-form-urlencoded")
  const now = Date.UTC(2026, 1, 21, 3, 3)
  return {
    signature2,
    push: event && (await verifyPushEvent(event, { secret: "secret", now })),
    forged: event && (await verifyPushEvent(event, { secret: "other", now })),
  }
}

async function recording(): Promise<Record<string, unknown>> {
  const lines: string[] = []
  const fetch = recordSession({
    fetch: async () => new Response('{"context":"played"}', { headers: { "content-type": "application/json" } }),
    write: (line) => lines.push(line),
  })
  const account = { baseUrl: "https://example.com", username: "u", apiKey: "k" }
  await createJasperClient({ ...account, fetch }).echo("x")
  return { replayed: await createJasperClient({ ...account, fetch: replaySession(lines) }).echo("x") }
}

function values(): Record<string, unknown> {
  return {
    date: parseCarrierDate("2026-03-01 09:30:00.250+0130"),
    sent: formatCarrierDate("2026-03-01T09:00:00+01:00"),
    calls: planSync({ devices: 20_000 }).calls,
  }
}
