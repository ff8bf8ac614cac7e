import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson } from "./canonical-json.ts"

describe("canonicalJson()", () => {
  it.each([
    // The sorting example of RFC 8785, 3.2.3.
    [
      {
        "€": "Euro Sign",
        "\r": "Carriage Return",
        \ufb33: "Hebrew",
        "1": "One",
        "😀": "Emoji",
        "\u0080": "Control",
        ö: "o",
      },
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"o","€":"Euro Sign","😀":"Emoji","\ufb33":"Hebrew"}',
    ],
    [{ b: undefined, a: [1.0, -0, 1e21, true, null] }, '{"a":[1,0,1e+21,true,null]}'],
    ["\ud800", '"\\ud800"'],
    [Object.create(null), "{}"],
  ])("writes %o", (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  it("reads back as the same value, and is the same whatever the order of members", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(backwards(value))).toBe(text)
      }),
    )
  })

  it.each([
    [undefined, "value"],
    [[1, undefined], "value[1]"],
    [Array.from({ length: 1 }), "value[0]"],
    [{ a: { secret: Number.NaN } }, "value.a.secret"],
    [{ at: new Date(0) }, "value.at"],
    [{ n: 1n }, "value.n"],
    [new Map(), "value"],
    [() => 1, "value"],
  ])("refuses %o by its path", (value, path) => {
    expect(() => canonicalJson(value)).toThrow(
      new TypeError(`Cannot write ${path} as JSON: it is neither text, finite number, boolean, null, list nor object`),
    )
  })
})

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, backwards(member)]),
  )
}
