import { createJasperClient, type Fetch, type JasperClient, type JasperClientOptions } from "../src/mod.ts"

/** An ICCID that tests may use. */
export const ICCID = "8944000000000000017"
/** A key that must never be seen anywhere. */
export const API_KEY = "3e1f0f04-aaaa-bbbb-cccc-5d3d6b6b0001"
export const USERNAME = "example.user"

/** One call as the carrier sees it. */
export interface SeenCall {
  readonly method: string
  /** Below the API root, with its query. */
  readonly path: string
  readonly body: string
}

/** A carrier in memory: `answer` gets each call, and its number from 1. */
export function memoryCarrier(
  answer: (call: SeenCall, nth: number, request: Request) => Response | Promise<Response>,
  options: Partial<JasperClientOptions> = {},
): { readonly client: JasperClient; readonly calls: SeenCall[] } {
  const calls: SeenCall[] = []
  const fetch: Fetch = async (request) => {
    const url = new URL(request.url)
    const path = url.pathname.replace("/rws/api/v1", "") + url.search
    const call = { method: request.method, path, body: await request.text() }
    calls.push(call)
    return answer(call, calls.length, request)
  }
  const client = createJasperClient({
    baseUrl: "https://restapi.example.com",
    username: USERNAME,
    apiKey: API_KEY,
    callsPerSecond: 1_000,
    attemptTimeoutMs: Number.POSITIVE_INFINITY,
    fetch,
    ...options,
  })
  return { client, calls }
}

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", date: "Sun, 01 Mar 2026 08:00:00 GMT", ...headers },
  })
}

/** Device Details of the test device, with some fields set. */
export function detailsOf(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iccid: ICCID,
    status: "ACTIVATED",
    ratePlan: "Flex 5MB",
    communicationPlan: "LTE Data Only",
    dateUpdated: "2026-02-20 17:05:42.318+0000",
    accountCustom1: "depot-7",
    accountCustom2: "",
    ...fields,
  }
}
