import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { csvLine, parseCsvLine, textLines } from "./mod.ts"

const lines = async (pieces: Iterable<string | Uint8Array>, longest?: number) =>
  Array.fromAsync(textLines(pieces, longest))

describe("csvLine() and parseCsvLine()", () => {
  it("a line reads back as the fields it was written from", () => {
    const field = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n]|^[=+@\t-]/.test(text))
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        fc.pre(fields.length > 1 || fields[0] !== "")
        expect(parseCsvLine(csvLine(fields).slice(0, -2))).toEqual({ fields })
      }),
    )
  })

  it.each([
    ["=HYPERLINK(1)", "'=HYPERLINK(1)\r\n"],
    ["+1", "'+1\r\n"],
    ["@cmd", "'@cmd\r\n"],
    ["-cmd|x", "'-cmd|x\r\n"],
    ["-1.50", "-1.50\r\n"],
    ["-12", "-12\r\n"],
  ])("%s is no formula to a spreadsheet, and a number stays one", (field, expected) => {
    expect(csvLine([field]).replaceAll('"', "")).toBe(expected)
  })

  it.each([
    ["open_quote", '1,"two'],
    ["open_quote", '"a""'],
    ["open_quote", '"'],
    ["quote_inside_field", '"a"b,c'],
  ])("says %s instead of guessing", (fault, line) => {
    expect(parseCsvLine(line)).toEqual({ fault })
  })

  it("reads other delimiters, and quotes within quotes", () => {
    expect(parseCsvLine('a;"b;""c"""', ";")).toEqual({ fields: ["a", 'b;"c"'] })
    expect(parseCsvLine('"a" "b c"', " ")).toEqual({ fields: ["a", "b c"] })
    expect(parseCsvLine('"a"  ,b,')).toEqual({ fields: ["a", "b", ""] })
    expect(parseCsvLine("")).toEqual({ fields: [""] })
  })
})

describe("textLines()", () => {
  it("finds the same lines however the bytes are cut", async () => {
    const text = fc.array(fc.constantFrom("a", "é", "漢", "\r\n", "\n", "\r", ","), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom("utf-8", "utf-16le"),
        fc.integer({ min: 1, max: 7 }),
        async (parts, encoding, size) => {
          const whole = parts.join("")
          const bytes = encoding === "utf-8" ? new TextEncoder().encode(whole) : utf16(whole)
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
            bytes.slice(at * size, (at + 1) * size),
          )
          const expected = whole.split(/\r\n|\n|\r/)
          if (expected.at(-1) === "") expected.pop()
          const found = await lines(pieces)
          expect(found.map((line) => line.text)).toEqual(expected)
          expect(found.map((line) => line.number)).toEqual(expected.map((_, at) => at + 1))
        },
      ),
    )
  })

  it("drops a byte order mark", async () => {
    expect(await lines(["\uFEFFa"])).toMatchObject([{ text: "a" }])
    expect(await lines([Uint8Array.of(0xef), Uint8Array.of(0xbb), Uint8Array.of(0xbf, 0x61)])).toMatchObject([
      { text: "a" },
    ])
    expect(await lines([Uint8Array.of(0xfe, 0xff, 0, 0x61)])).toMatchObject([{ text: "a" }])
  })

  it("cuts a line that is too long, and goes on with the next", async () => {
    expect(await lines(["aaa", "aaa\nb", "b\n"], 4)).toEqual([
      { number: 1, text: "aaaa", cut: true },
      { number: 2, text: "bb", cut: false },
    ])
  })
})

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + text.length * 2)
  bytes.set([0xff, 0xfe])
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < text.length; at++) view.setUint16(2 + at * 2, text.charCodeAt(at), true)
  return bytes
}
