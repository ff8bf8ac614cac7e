import { parseArgs } from "node:util"
import { FAULT_NAMES, type FaultName } from "../fault-catalogue.ts"
import type { FaultPlan, FaultRule } from "../fault-plan.ts"
import type { SimulatorModes } from "../modes.ts"
import { OPERATIONS } from "../operation.ts"

/** The command's flags, checked as far as the simulator itself does not check them. */
export interface Flags {
  readonly devices: number
  readonly seed: number
  readonly rate: number
  readonly faults: "off" | "default" | FaultPlan
  readonly modes: SimulatorModes
  readonly journal: string | undefined
  readonly push: { readonly url: string; readonly secret: string; readonly format: "form" | "json" } | undefined
  readonly port: number
  readonly host: string
  readonly withParent: boolean
  readonly help: boolean
}

/** What `--help` prints. */
export const USAGE = `Usage: altaworx-jasper-simulator [options]

  --devices N       SIMs in the fleet (20000)
  --seed S          what fleet and faults follow from (1)
  --rate R          calls per second that the account may make (5)
  --faults on|off   inject faults (off)
  --fault RULE      inject this fault, and no others but further --fault ones: a switch and when it strikes, such as
                    "lostReply:afterPage=10,nth=3" or "silentNoOp:on=editDevice,oncePer=200"
  --mode NAME=VALUE behave like another release, such as pastTheEnd=error or usage=growing; may be repeated
  --journal FILE    remember every change in this file
  --push-url URL    push changes of status and plan there, with --push-secret S and --push-format form|json
  --port P          where to listen (8765; 0 picks a free port)
  --host H          (127.0.0.1)
  --with-parent     end when standard input closes

Switches:   ${FAULT_NAMES.join(" ")}
Operations: ${OPERATIONS.join(" ")}`

/**
 * Reads the command line.
 *
 * @throws {Error} With one line that names the flag.
 */
export function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      rate: { type: "string", default: "5" },
      faults: { type: "string", default: "off" },
      fault: { type: "string", multiple: true, default: [] },
      mode: { type: "string", multiple: true, default: [] },
      journal: { type: "string" },
      "push-url": { type: "string" },
      "push-secret": { type: "string", default: "secret" },
      "push-format": { type: "string", default: "form" },
      port: { type: "string", default: "8765" },
      host: { type: "string", default: "127.0.0.1" },
      "with-parent": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  })
  const url = values["push-url"]
  const format = readChoice("push-format", values["push-format"], ["form", "json"])
  const isOn = readChoice("faults", values.faults, ["on", "off"]) === "on"
  return {
    devices: readNumber("devices", values.devices),
    seed: readNumber("seed", values.seed),
    rate: readNumber("rate", values.rate),
    faults: values.fault.length > 0 ? { rules: values.fault.map(readRule) } : isOn ? "default" : "off",
    modes: Object.fromEntries(values.mode.map(readMode)) as SimulatorModes,
    journal: values.journal,
    push: url === undefined ? undefined : { url, secret: values["push-secret"], format },
    port: readNumber("port", values.port),
    host: values.host,
    withParent: values["with-parent"],
    help: values.help,
  }
}

/** The value of each mode that is no number and no boolean; the others are read as what they look like. */
const MODES = {
  throttleStatus: ["429", "400", "mixed"],
  pastTheEnd: ["empty", "error"],
  oversizedPage: ["error", "clamp"],
  lastPageAtExactMultiple: ["true", "false"],
  totalCount: ["true", "false"],
  notFound: ["html", "json"],
  rawPlus: ["refuse", "tolerate"],
  lookBack: ["unlimited", "oneYearSpan", "oneYear"],
  futureDates: ["empty", "error"],
  unstableTies: ["true", "false"],
  dateResolution: ["millisecond", "second"],
  accountType: ["advantage", "essential"],
  locationTracking: ["true", "false"],
  euiccIdField: ["eid", "euiccid"],
  missingIpAddress: ["null", "text"],
  usage: ["static", "growing"],
  iccidDigits: ["19", "20"],
  ratePlans: ["plain", "varied"],
  latencyMs: "number",
  overConcurrency: ["refuse", "wait"],
  msisdnLagMs: "number",
  utcOffsetHours: "number",
  clockAheadMs: "number",
} as const satisfies Record<keyof SimulatorModes, readonly string[] | "number">

function readMode(text: string): [string, string | number | boolean] {
  const [name = "", value = ""] = text.split("=", 2)
  const allowed: readonly string[] | "number" | undefined = MODES[name as keyof SimulatorModes]
  if (allowed === undefined) throw flagError("mode", Object.keys(MODES).join(", "), name)
  if (allowed === "number") return [name, readNumber(`mode ${name}`, value)]
  const chosen = readChoice(`mode ${name}`, value, allowed)
  if (chosen === "true" || chosen === "false") return [name, chosen === "true"]
  return [name, /^\d+$/.test(chosen) ? Number(chosen) : chosen]
}

const RULE_NUMBERS = ["afterPage", "nth", "oncePer", "first", "chance", "limit", "maxDelayMs", "count"] as const

function readRule(text: string): FaultRule {
  const colon = text.indexOf(":")
  const fault = readChoice("fault", colon < 0 ? text : text.slice(0, colon), FAULT_NAMES) as FaultName
  const rule: Record<string, unknown> = { fault }
  for (const part of colon < 0 ? [] : text.slice(colon + 1).split(",")) {
    const [name = "", value = ""] = part.split("=", 2)
    if (name === "on") rule[name] = readChoice(`fault ${fault} on`, value, OPERATIONS)
    else rule[readChoice("fault", name, RULE_NUMBERS)] = readNumber(`fault ${fault} ${name}`, value)
  }
  return rule as unknown as FaultRule
}

function readChoice<const Choice extends string>(flag: string, value: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) throw flagError(flag, choices.join(" or "), value)
  return chosen
}

function readNumber(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value)) throw flagError(flag, "a number", `"${text}"`)
  return value
}

function flagError(flag: string, wanted: string, got: string): RangeError {
  return new RangeError(`Cannot start simulator: --${flag} must be ${wanted}, got ${got}`)
}
