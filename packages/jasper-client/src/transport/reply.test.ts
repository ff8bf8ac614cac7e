import { describe, expect, test } from "vitest"
import { isReply, judgeReply } from "./reply.ts"

const json = (code: string | undefined, message = "text"): string =>
  JSON.stringify({ errorMessage: message, ...(code === undefined ? {} : { errorCode: code }) })

function codeOf(status: number, body: string, isWrite = false): string {
  const result = judgeReply({ status, headers: new Headers(), body }, isWrite, 0)
  return isReply(result) ? "ok" : result.code
}

describe("judgeReply", () => {
  test.each([
    [200, '{"context":"x"}', "ok"],
    [202, '{"iccid":"89"}', "ok"],
    [200, "<html>login</html>", "response.unreadable"],
    [200, '{"cut', "response.unreadable"],
    [200, "", "response.unreadable"],
    [200, json("40000029"), "limit.rate"],
    [202, json("1000512"), "request.invalid"],
    [400, json("40000029"), "limit.rate"],
    [429, "<html>", "limit.rate"],
    [429, json("40000029"), "limit.rate"],
    [401, json(undefined), "auth.unauthorized"],
    [401, json("10000001"), "auth.unauthorized"],
    [400, json("10000001"), "auth.unauthorized"],
    [400, json("10000079"), "auth.forbidden"],
    [403, "<html>", "auth.forbidden"],
    [400, json("10000012"), "request.invalid"],
    [400, json("10000045"), "limit.look_back"],
    [404, json("20000001"), "request.not_found"],
    [404, "<html>Not found</html>", "request.wrong_host"],
    [404, json("10000024"), "request.invalid"],
    [302, "", "request.wrong_host"],
    [500, json("30000001"), "carrier.unavailable"],
    [500, "", "carrier.unavailable"],
    [503, "<html>", "carrier.unavailable"],
    [504, "<html>", "carrier.unavailable"],
    [408, "", "carrier.unavailable"],
  ])("%i %j is %s", (status, body, expected) => {
    expect(codeOf(status, body)).toBe(expected)
  })

  test("a write may be answered without a body", () => {
    expect(codeOf(202, "", true)).toBe("ok")
    expect(codeOf(200, "<html>", true)).toBe("response.unreadable")
  })

  test("keeps what the carrier said", () => {
    const headers = new Headers({ "x-request-id": "r-7", "retry-after": "2" })
    expect(judgeReply({ status: 429, headers, body: json("40000029", "Rate Limit Exceeded") }, false, 0)).toMatchObject(
      {
        carrierCode: "40000029",
        carrierMessage: "Rate Limit Exceeded",
        requestId: "r-7",
        retryAfterMs: 2_000,
        detail: "HTTP 429, 40000029, Rate Limit Exceeded",
      },
    )
  })

  test("an errorCode that is a number is read too", () => {
    expect(judgeReply({ status: 400, headers: new Headers(), body: '{"errorCode":10000012}' }, false, 0)).toMatchObject(
      {
        carrierCode: "10000012",
      },
    )
  })

  test("a Retry-After date is read on the server's clock, however wrong the client's is", () => {
    const at = { date: "Wed, 21 Oct 2026 07:28:00 GMT", "retry-after": "Wed, 21 Oct 2026 07:28:05 GMT" }
    const body = json("40000029")
    expect(judgeReply({ status: 429, headers: new Headers(at), body }, false, 0)).toMatchObject({ retryAfterMs: 5_000 })
    const { "retry-after": alone } = at
    const now = Date.UTC(2026, 9, 21, 7, 28, 4)
    expect(judgeReply({ status: 429, headers: new Headers({ "retry-after": alone }), body }, false, now)).toMatchObject(
      { retryAfterMs: 1_000 },
    )
  })
})
