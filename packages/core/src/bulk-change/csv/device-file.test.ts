import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { DeviceFileEntry, DeviceFileFault, DeviceFileHeader, DeviceFileRow } from "./device-file.ts"
import { failedRowsCsv } from "./failed-rows.ts"
import { readDeviceFile } from "./read-device-file.ts"

const read = (text: string) => Array.fromAsync(readDeviceFile([text]))
const rowsOf = (entries: readonly DeviceFileEntry[]) =>
  entries.filter((entry): entry is DeviceFileEntry & { kind: "row" } & DeviceFileRow => entry.kind === "row")
const faultsOf = (entries: readonly DeviceFileEntry[]) =>
  entries.filter((entry): entry is DeviceFileEntry & { kind: "fault" } & DeviceFileFault => entry.kind === "fault")
const A = "8900000000000000017"
const B = "8900000000000000025"

describe("readDeviceFile(): columns", () => {
  it("matches names whatever their order, case, blanks and signs", async () => {
    const rows = rowsOf(await read(`\uFEFFCarrier Rate-Plan;COMM_PLAN;IcCiD;note\r\nFlex 5MB;Std;${A};by hand\r\n`))
    expect(rows).toEqual([
      {
        kind: "row",
        line: 2,
        text: `Flex 5MB;Std;${A};by hand`,
        values: { carrierRatePlan: "Flex 5MB", communicationPlan: "Std", iccid: A },
      },
    ])
  })

  it("reads a bare list, with a second identifier after a comma, a tab or a blank of its own line", async () => {
    const rows = rowsOf(await read(`${A}\n${B},351234567890123\n${A}\t351234567890124\n${B} 351234567890125`))
    expect(rows.map(({ values }) => [values.device, values.imei])).toEqual([
      [A, undefined],
      [B, "351234567890123"],
      [A, "351234567890124"],
      [B, "351234567890125"],
    ])
  })

  it("a header of one column may have a blank in it", async () => {
    expect(rowsOf(await read(`Phone Number\n+1 555 123 4567`))).toMatchObject([{ values: { msisdn: "15551234567" } }])
  })

  it.each([
    ["", "it is empty"],
    ["\n \n", "it is empty"],
    ["name,plan\nx,y", "no column names the device"],
    [`iccid,ICCID\n${A},${B}`, "more than one column means iccid"],
    ['"iccid\n', "quotes do not match"],
  ])("refuses %j as a whole: %s", async (text, why) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "input.invalid",
      field: "header",
      message: expect.stringContaining(why),
    })
  })
})

describe("readDeviceFile(): bad lines", () => {
  it.each([
    ["open_quote", null, `"${A},x`],
    ["quote_inside_field", null, `"${A}"1,x`],
    ["too_many_fields", null, `${A},x,y`],
    ["device_missing", null, ",x"],
    ["digits_lost", "ICCID", "8.90E+18,x"],
    ["digits_lost", "ICCID", "8,9E18,x".replace(",", ".")],
    ["digits_lost", "ICCID", "8900000000000010000,x"],
    ["identifier_invalid", "ICCID", "n/a,x"],
    ["identifier_invalid", "ICCID", "1234,x"],
    ["not_utf8", null, `${A},Caf\uFFFD`],
    ["line_too_long", null, `${A},${"x".repeat(70_000)}`],
  ])("%s is said of its line and column; the lines around it are read", async (code, column, line) => {
    const entries = await read(`ICCID,User Name\n${A},one\n${line}\n${B},two\n`)
    expect(rowsOf(entries).map(({ values }) => values.userName)).toEqual(["one", "two"])
    expect(faultsOf(entries)).toMatchObject([{ line: 3, column, code }])
    expect(faultsOf(entries)[0]?.reason).not.toContain("890000")
  })

  it("takes digits that are marked as text as they are, trailing zeros included", async () => {
    const zeros = "8900000000000010000"
    const rows = rowsOf(await read(`iccid\n'${zeros}\n="${zeros}"\n"=""${zeros}"""\n${zeros.slice(0, 15)}1234.0\n`))
    expect(rows.map(({ values }) => values.iccid)).toEqual([zeros, zeros, zeros, `${zeros.slice(0, 15)}1234`])
  })

  it("ignores the empty fields and lines that spreadsheets leave at the end", async () => {
    const entries = await read(`iccid,plan\n${A},,,,\n,,,\n\n`)
    expect(entries.slice(1)).toMatchObject([{ kind: "row", line: 2, values: { iccid: A } }])
  })

  it("loses no line: each that is not blank is a row or a fault (any text)", async () => {
    const line = fc.array(fc.constantFrom(A, B, ",", ";", '"', "x", " ", "8.9E+18", "é")).map((parts) => parts.join(""))
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        const entries = await read(`iccid,plan\n${lines.join("\n")}`)
        const seen = entries.flatMap((entry) => (entry.kind === "header" ? [] : [[entry.line, entry.text]]))
        expect(seen).toEqual(lines.flatMap((text, at) => (/^[\s,;]*$/.test(text) ? [] : [[at + 2, text]])))
      }),
    )
  })
})

describe("failedRowsCsv()", () => {
  const failed = async (text: string) => {
    const entries = await read(text)
    const header = (entries[0] as { header: DeviceFileHeader }).header
    const rows = faultsOf(entries).map(({ text: line, reason }) => ({ text: line, reason }))
    return (await Array.fromAsync(failedRowsCsv(header, rows))).join("")
  }

  it("holds the lines as they were with the reason, and mended it can be handed in again", async () => {
    const file = await failed(`ICCID;Rate Plan;Note\n${A};Flex;ok\n8.90E+18;"Flex; 5MB";=x\n`)
    expect(file).toBe(
      `ICCID,Rate Plan,Note,Error\r\n8.90E+18,Flex; 5MB,'=x,a spreadsheet has lost the last digits; format the column as text and paste the identifiers again\r\n`,
    )
    const again = await read(file.replace("8.90E+18", B))
    expect(rowsOf(again)).toMatchObject([{ values: { iccid: B, carrierRatePlan: "Flex; 5MB" } }])
  })

  it("does not grow a column each time, and keeps a line that is no CSV whole", async () => {
    const once = await failed(`iccid,Error\n"${A},old reason\n`)
    expect(once.split("\r\n")[0]).toBe("iccid,Error")
    expect(once).toContain(`"""${A},old reason"`)
  })

  it("a spreadsheet cannot spoil its identifiers", async () => {
    const file = await failed(`iccid,imei\n${A},12\n`)
    expect(file).toContain(`'${A}`)
    expect(rowsOf(await read(file.replace(",12,", ",,")))).toMatchObject([{ values: { iccid: A } }])
  })
})
