import { parseArgs } from "node:util"

/** What a run is asked to do. */
export interface Flags {
  readonly devices: number
  readonly seed: number
  readonly faults: "on" | "off"
  /** Carrier calls per second. */
  readonly rate: number
  /** What limits the changes: most SIMs that move, micro-units that a move saves at least, changes that go first. */
  readonly mostMoves: number | null
  readonly leastSaving: number
  readonly canary: number
  /** Folder that holds the run. */
  readonly data: string
  /** Port of the simulated carrier; 0 = any free one. */
  readonly port: number
}

/** A mistake in how the program was called or in where it runs: one clear line, exit code 2, nothing lost. */
export class UsageError extends Error {}

export const USAGE = `Usage: npm start -- [options]

  --devices N       SIMs in the simulated fleet, 1 to 1000000 (20000)
  --seed S          makes the same fleet, faults and changes again (1)
  --faults on|off   lets the carrier fail as real ones do (on)
  --rate R          calls per second that the carrier allows, 1 to 100000 (400)
  --most-moves N    SIMs that move at most, those that save most; 0 = no limit (0)
  --least-saving X  what a move has to save a billing period, in the currency (0)
  --canary N        changes that go first: the others follow only if at least 80 %
                    of these are seen at the carrier; 0 = all go together (50)
  --data DIR        folder for database, report and the carrier's memory (.data)
  --port P          port of the simulated carrier, 0 = any free one (0)
  --help            shows this text

A run that was stopped goes on where it was when it is started again with the same --data.`

/** Reads the command line. `undefined` = the user asked for help. */
export function readFlags(args: readonly string[]): Flags | undefined {
  const { values } = parse(args)
  if (values.help) return undefined
  return {
    devices: integer("--devices", values.devices, 1, 1_000_000),
    seed: integer("--seed", values.seed, 0, 2 ** 32 - 1),
    faults: oneOf("--faults", values.faults, ["on", "off"]),
    rate: integer("--rate", values.rate, 1, 100_000),
    mostMoves: integer("--most-moves", values["most-moves"], 0, 1_000_000) || null,
    leastSaving: money("--least-saving", values["least-saving"]),
    canary: integer("--canary", values.canary, 0, 1_000_000),
    data: nonBlank("--data", values.data),
    port: integer("--port", values.port, 0, 65_535),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        devices: { type: "string", default: "20000" },
        seed: { type: "string", default: "1" },
        faults: { type: "string", default: "on" },
        rate: { type: "string", default: "400" },
        "most-moves": { type: "string", default: "0" },
        "least-saving": { type: "string", default: "0" },
        canary: { type: "string", default: "50" },
        data: { type: "string", default: ".data" },
        port: { type: "string", default: "0" },
        help: { type: "boolean", default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ")[0]}. See npm start -- --help`)
  }
}

function integer(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, got "${text}"`)
  }
  return value
}

/** Micro-units. */
function money(flag: string, text: string): number {
  const match = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text)
  if (!match) throw new UsageError(`${flag} must be an amount like 0.25, got "${text}"`)
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? "").padEnd(6, "0"))
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const value = allowed.find((word) => word === text)
  if (value === undefined) throw new UsageError(`${flag} must be ${allowed.join(" or ")}, got "${text}"`)
  return value
}

function nonBlank(flag: string, text: string): string {
  if (text.trim() === "") throw new UsageError(`${flag} must name a folder`)
  return text
}
