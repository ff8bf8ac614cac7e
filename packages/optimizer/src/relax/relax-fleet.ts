import { chooseAtPrices } from "../prices/choose.ts"
import { type Caution, climb } from "./climb.ts"
import type { Fleet } from "../fleet/fleet.ts"
import { legalBox } from "../prices/price-box.ts"
import { freePrices, pricesOf } from "../prices/prices.ts"
import type { RelaxedFleet, Split } from "../prices/relaxed-fleet.ts"
import { type RowMap, rowMapOf } from "../prices/row-map.ts"
import { relaxSingles } from "./relax-singles.ts"
import { softFleetOf } from "./soft-fleet.ts"

// From what a SIM costs on average down to what no longer matters, by quarters.
const SOFTEN_LESS = 0.25
const LEAST_SOFTNESS = 1e-6
const LEAST_BLUR = 1e-7
// Blur that an answer may have by the gap it is content with.
const BLUR_OF_GAP = 0.1
// In the last climb, runs whose SIMs differ by more than this share of the bound are taken apart. So much of it, at the prices of a
// KB, pools may be off balance: whole SIMs make up for it.
const UNEVEN = 1e-6
const BALANCED = 1e-5
// A step has to gain more than this share of the softness per SIM.
const WORTHWHILE = 1e-4

/**
 * Finds prices that maximise the lower bound.
 *
 * The relaxation has a corner wherever a SIM changes plans. Softened corners can be climbed by Newton steps; each time the best prices are
 * found, the corners are made sharper, and the next climb starts from there.
 *
 * Yields between climbs.
 *
 * @param targetGap Gap that the answer may have.
 * @param isCut Asked often; true ends with the best prices so far.
 */
export function* relaxFleet(
  fleet: Fleet,
  targetGap: number,
  isCut: () => boolean,
): Generator<void, RelaxedFleet, void> {
  const noBlur = Math.max(LEAST_BLUR, BLUR_OF_GAP * targetGap)
  const { tariff, simCount } = fleet
  const map = rowMapOf(tariff)
  const legal = legalBox(tariff, map)
  const soft = softFleetOf(fleet, map)
  const caution: Caution = { value: 1 }
  let at = commonPrice(fleet, map)
  let prices = pricesOf(tariff, map, at)
  let best = { at, prices, choice: chooseAtPrices(fleet, prices, null), softness: 0 }
  const perSim = Math.max(1, Math.abs(best.choice.value) / Math.max(1, simCount))
  // The first prices may be far off, and then make a SIM look dearer by powers of ten than it is.
  const least = (): number => LEAST_SOFTNESS * Math.max(1, Math.abs(best.choice.value) / Math.max(1, simCount))
  for (let softness = perSim; softness > least() && !isCut(); softness *= SOFTEN_LESS) {
    const size = {
      perSim,
      scale: Math.abs(best.choice.value) + 1,
      enough: WORTHWHILE * softness * simCount,
      balanced: 0,
    }
    at = climb(soft, legal, at, softness, size, caution, isCut)
    const { blur } = soft
    prices = pricesOf(tariff, map, at)
    const choice = chooseAtPrices(fleet, prices, null)
    if (choice.value >= best.choice.value || best.softness === 0) best = { at, prices, choice, softness }
    yield
    if (blur < noBlur * choice.value) break
  }
  const scale = Math.abs(best.choice.value)
  const splits: Split[] = []
  let split = best.at
  if (best.softness > 0) {
    soft.unevenness = UNEVEN * scale
    split = climb(
      soft,
      legal,
      split,
      best.softness,
      { perSim, scale, enough: 0, balanced: BALANCED * scale },
      caution,
      isCut,
    )
    soft.lookAt(split, best.softness, splits)
  }
  const relaxed: RelaxedFleet = {
    prices: best.prices,
    choice: best.choice,
    splitPrices: pricesOf(tariff, map, split),
    splits,
  }
  const found = isCut() ? relaxed : relaxSingles(fleet, relaxed)
  if (found.choice.value >= 0) return found
  // Among values too far apart for doubles prices lose their way. Nothing costs less than 0, so none or the dearest are better.
  const none = freePrices(tariff)
  const full = { ...none, pool: Float64Array.from(tariff.poolRate, (rate) => rate.perKb) }
  const choices = [none, full].map((prices) => ({ ...found, prices, choice: chooseAtPrices(fleet, prices, null) }))
  return choices[1]!.choice.value > choices[0]!.choice.value ? choices[1]! : choices[0]!
}

/**
 * A price per KB, the same for all pools, at which about as much allowance is bought as is used.
 *
 * From prices that are far off, every SIM would crowd onto one plan and the way to the optimum would be long.
 */
function commonPrice(fleet: Fleet, map: RowMap): Float64Array {
  const { tariff } = fleet
  const prices = freePrices(tariff)
  const dearest = tariff.poolRate.reduce((most, rate) => Math.max(most, rate.perKb), 0)
  let low = 0
  let high = dearest
  for (let k = 0; k < 16; k++) {
    const price = (low + high) / 2
    tariff.poolRate.forEach((rate, pool) => {
      prices.pool[pool] = Math.min(price, rate.perKb)
    })
    const { netUsage } = chooseAtPrices(fleet, prices, null)
    if (netUsage.reduce((sum, net) => sum + net, 0) > 0) low = price
    else high = price
  }
  // With free allowance everywhere the price would be nothing, and nothing cannot be scaled up.
  const found = Math.max((low + high) / 2, dearest / 1000)
  const start = new Float64Array(map.count)
  map.pool.forEach((row, pool) => {
    if (row >= 0) start[row] = Math.min(found, tariff.poolRate[pool]!.perKb)
  })
  return start
}
