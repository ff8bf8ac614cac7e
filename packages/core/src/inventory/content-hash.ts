import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { ListedDevice } from "../ports/mod.ts"

/**
 * Hash of what a carrier's list says of a device. Equal hashes mean an unchanged device, so promotion writes only rows
 * whose hash differs. 128 bits: a chance collision among a million devices is beyond reach.
 */
export function contentHash(device: ListedDevice): string {
  const text = JSON.stringify([
    device.iccid,
    device.status,
    device.carrierStatus,
    device.ratePlan,
    device.communicationPlan,
  ])
  return bytesToHex(sha256(utf8ToBytes(text)).subarray(0, 16))
}
