import { expect, test } from "vitest"
import { normaliseBaseUrl } from "./base-url.ts"

test.each([
  "https://restapi1.jasper.com",
  "https://restapi1.jasper.com/",
  "https://restapi1.jasper.com/rws",
  "https://restapi1.jasper.com/rws/api",
  "https://restapi1.jasper.com/rws/api/",
  "https://restapi1.jasper.com/rws/api/v1",
  "https://restapi1.jasper.com/rws/api/v1/",
])("%s", (baseUrl) => {
  expect(normaliseBaseUrl(baseUrl)).toBe("https://restapi1.jasper.com/rws/api/v1")
})

test("keeps a port and a path before the API", () => {
  expect(normaliseBaseUrl("http://127.0.0.1:8080/proxy/rws/api")).toBe("http://127.0.0.1:8080/proxy/rws/api/v1")
})

test.each(["restapi1.jasper.com", "ftp://x", "", "https://a:b@x.com", "https://x.com?a=1", "https://x.com#a"])(
  "refuses %j",
  (baseUrl) => {
    expect(() => normaliseBaseUrl(baseUrl)).toThrow(TypeError)
  },
)
