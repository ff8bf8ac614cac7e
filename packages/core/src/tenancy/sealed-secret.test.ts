import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  importSealingKey,
  isSealedWith,
  openSecret,
  redact,
  resealSecret,
  type SealingKey,
  type SecretContext,
  sealSecret,
} from "./mod.ts"

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
  }, 60_000)

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

describe("a sealing key that replaced others", () => {
  it("opens what they sealed and seals by itself; resealSecret() brings it over once", async () => {
    const [old, older] = [await importSealingKey(base64(1)), await importSealingKey(base64(2))]
    const ring = await importSealingKey(base64(3), [base64(1), base64(2)])
    for (const key of [old, older, ring]) {
      expect(await openSecret(ring, await sealSecret(key, "a secret", context), context)).toBe("a secret")
    }
    const sealed = await sealSecret(old, "a secret", context)
    const resealed = (await resealSecret(ring, sealed, context)) as string
    expect(await openSecret(await importSealingKey(base64(3)), resealed, context)).toBe("a secret")
    expect(await resealSecret(ring, resealed, context)).toBeUndefined()
    await expect(openSecret(old, resealed, context)).rejects.toMatchObject({ code: "secret.unreadable" })
    await expect(importSealingKey(base64(1), ["short"])).rejects.toMatchObject({ field: "sealingKey" })
    expect([isSealedWith(ring, sealed), isSealedWith(old, resealed), isSealedWith(ring, "nothing")]).toEqual([
      true,
      false,
      false,
    ])
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
    ["key czNjcjN0L2tleQ== in base64", "key [redacted]== in base64"],
    ['{"apiKey":"x1","password": "y","n":1}', '{"apiKey":"[redacted]","password": "[redacted]","n":1}'],
    ["?api_key=x1&page=2", "?api_key=[redacted]&page=2"],
    ["Cannot use the apiKey: it must have 1", "Cannot use the apiKey: it must have 1"],
    ["call +1 (555) 010-0123 or 555.010.0123", "call +1 (…0123 or …0123"],
    ["8900 0000 0000 0000 017", "…0017"],
    ["2026-11-22 10:00:00 took 123 456 ms, page 100-200", "2026-11-22 10:00:00 took 123 456 ms, page 100-200"],
    ["SIM 8900000000000000017 of 12 in 2026-11-22", "SIM …0017 of 12 in 2026-11-22"],
  ])("%s", (text, clean) => {
    expect(redact(text, ["s3cr3t/key", ""])).toBe(clean)
  })
})
