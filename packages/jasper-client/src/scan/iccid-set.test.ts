import { expect, test } from "vitest"
import { createIccidSet } from "./iccid-set.ts"

test("counts distinct ICCIDs exactly, of both lengths and of any prefix", () => {
  const set = createIccidSet()
  const plain = new Set<string>()
  const iccids = [
    "8900000000000000000",
    "89000000000000000000",
    "8999999999999999999",
    "89999999999999999999",
    "8800000000000000000",
    "88000000000000000001",
  ]
  for (let n = 0; n < 20_000; n++)
    iccids.push(`8944${String(n * 7 + 3).padStart(15, "0")}`, `8944${String(n).padStart(16, "0")}`)
  for (const iccid of [...iccids, ...iccids.slice(0, 5_000)]) {
    expect(set.add(iccid)).toBe(!plain.has(iccid))
    plain.add(iccid)
  }
  expect(set.size).toBe(plain.size)
})
