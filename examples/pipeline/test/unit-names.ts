import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

const SOURCES = join(import.meta.dirname, "../../../packages/core/src")

/** Every name under which core's sources write a unit. Names are literals, so reading the sources finds them all. */
export function unitNames(): readonly string[] {
  const names = new Set<string>()
  for (const file of globSync("**/*.ts", { cwd: SOURCES })) {
    if (file.endsWith(".test.ts") || file.startsWith("testing")) continue
    const source = readFileSync(join(SOURCES, file), "utf8")
    // Where a name is given: to `unit` itself, or to the function that ends a job with one.
    for (const match of source.matchAll(/(?:unit\(|name:|finish\([^"}]*?)\s*(?:\{\s*name:\s*)?"([a-z-]+\.[a-z-]+)"/g)) {
      names.add(match[1] as string)
    }
  }
  return [...names].sort()
}

/** The calls of a carrier, as the port names them. */
export const CARRIER_CALLS = ["list", "get", "ratePlans", "usage", "change", "readBack"] as const
