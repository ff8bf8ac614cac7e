import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { importSealingKey, openSecret, redact, type SealingKey, type SecretContext, sealSecret } from "./mod.ts"

const base64 = (byte: number) => btoa(String.fromCharCode(byte).repeat(32))
const context = { tenantId: "1", purpose: "service-provider/a/api-key" }

describe("sealSecret() and openSecret()", () => {
  it("give back any text, sealed differently each time and never in clear", async () => {
    const key = await importSealingKey(base64(1))
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 4 }), async (secret) => {
        const sealed = await sealSecret(key, secret, context)
        expect(sealed).toMatch(/^s1\.[\da-f]{16}\.[\w-]{16}\.[\w-]+$/)
        expect(sealed).not.toContain(secret)
        expect(await sealSecret(key, secret, context)).not.toBe(sealed)
        expect(await openSecret(key, sealed, context)).toBe(secret)
      }),
      { numRuns: 50 },
    )
  })

  it("refuse another key, another context and any altered character, without a word of the secret", async () => {
    const key = await importSealingKey(base64(1))
    const sealed = await sealSecret(key, "canary-secret", context)
    const other = await importSealingKey(base64(2))
    const altered = Array.from(sealed, (character, at) => {
      return sealed.slice(0, at) + (character === "A" ? "E" : "A") + sealed.slice(at + 1)
    })
    const attempts: [SealingKey, string, SecretContext][] = [
      [other, sealed, context],
      [{ ...other, id: key.id }, sealed, context],
      [key, sealed, { ...context, tenantId: "2" }],
      [key, sealed, { ...context, purpose: "service-provider/b/api-key" }],
      [key, "canary-secret", context],
      [key, "", context],
      // The last character may differ in bits that base64 does not use.
      ...altered.slice(0, -1).map((text) => [key, text, context] as [SealingKey, string, SecretContext]),
    ]
    for (const result of await Promise.allSettled(attempts.map((attempt) => openSecret(...attempt)))) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "secret.unreadable" } })
      expect(String((result as PromiseRejectedResult).reason)).not.toMatch(/canary|"[A-Z]/)
    }
  })
})

describe("importSealingKey()", () => {
  it("takes either alphabet, with or without padding", async () => {
    const standard = btoa("\u00fb\u00ff".repeat(16))
    const url = standard.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
    expect((await importSealingKey(url)).id).toBe((await importSealingKey(standard)).id)
  })

  it.each([
    "",
    "abc",
    btoa("too short"),
    btoa("x".repeat(33)),
    "not base64 at all!",
    "0123456789abcdef0123456789abcdef",
  ])("refuses %j by its field's name and does not repeat it", async (text) => {
    const error: unknown = await importSealingKey(text).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: "input.invalid", field: "sealingKey" })
    if (text !== "") expect((error as Error).message).not.toContain(text)
  })
})

describe("redact()", () => {
  it.each([
    ["key s3cr3t/key here", "key [redacted] here"],
    ["?k=s3cr3t%2Fkey", "?k=[redacted]"],
    ["Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted]"],
    ["Bearer ax_abc-DEF", "Bearer [redacted]"],
    ["https://user:pass@host/path", "https://[redacted]@host/path"],
    ["SIM 8900000000000000017 of 12 in 2026-11-22", "SIM …0017 of 12 in 2026-11-22"],
  ])("%s", (text, clean) => {
    expect(redact(text, ["s3cr3t/key", ""])).toBe(clean)
  })
})
