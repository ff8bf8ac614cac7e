import type { OptimizationReport } from "./report.ts"

/** A whole number with its thousands separated. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",")
}

/** A ratio as a percentage with three significant digits; what is above nothing never shows as nothing. */
export function percent(ratio: number): string {
  const value = Math.abs(ratio) * 100
  const sign = ratio < 0 ? "−" : ""
  if (value === 0) return "0\u00a0%"
  return `${sign}${value < 0.0001 ? "below 0.0001" : Number(value.toPrecision(value < 1 ? 2 : 3))}\u00a0%`
}

/** `1 SIM`, `2 SIMs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** An instant in a zone, for people. */
export function dateIn(timeZone: string, at: number, withTime = false): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    dateStyle: "medium",
    ...(withTime && { timeStyle: "short" }),
  }).format(at)
}

/** How many plans have a colour of their own; the others share the last one. */
export const COLOR_COUNT = 8

/** Class of the fill colour of a plan: the same in every chart. */
export function planColor(report: OptimizationReport, name: string): string {
  const at = report.ratePlans.findIndex((plan) => plan.name === name)
  return `f${at < 0 ? COLOR_COUNT : Math.min(at, COLOR_COUNT)}`
}
