import { describe, expect, it } from "vitest"
import { createCredentials } from "./credentials.ts"

describe("createCredentials()", () => {
  it("takes the key out of JSON too, however it is escaped there", () => {
    const apiKey = 'k"e\\y/é\u{1F4F6}'
    const { redact } = createCredentials("user", apiKey)
    const written = [
      JSON.stringify({ apiKey }),
      `{"apiKey":"k\\"e\\\\y\\/é\u{1F4F6}"}`,
      `{"apiKey":"k\\"e\\\\y/\\u00e9\\ud83d\\udcf6"}`,
      `{"apiKey":"k\\"e\\\\y\\/\\u00e9\\ud83d\\udcf6"}`,
    ]
    for (const text of written) {
      expect((JSON.parse(text) as { apiKey: string }).apiKey).toBe(apiKey)
      expect(redact(text)).toBe('{"apiKey":"[redacted]"}')
    }
  })
})
