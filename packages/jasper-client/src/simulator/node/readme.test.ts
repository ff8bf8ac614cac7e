import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { FAULT_NAMES } from "../fault-catalogue.ts"
import { resolveOptions } from "../options.ts"

it("README.md names every fault switch and every mode", () => {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const modes = Object.keys(resolveOptions({}).modes)
  expect(
    [...FAULT_NAMES, ...modes].filter((name) => !text.includes(`\`${name}\``) && !text.includes(`\`${name}:`)),
  ).toEqual([])
})
