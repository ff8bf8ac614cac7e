import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { ListedDevice } from "../ports/mod.ts"

// Of what devices share, a fleet has a few hundred different ones.
const MOST_KEPT = 5_000
const kept = new Map<string, string>()

/** How many characters of a content hash cover what devices share. */
export const SHARED_HASH_LENGTH = 32

/**
 * Hash of what a carrier's list says of a device. Equal hashes mean an unchanged device, so promotion writes only rows
 * whose hash differs. What devices share is hashed once for all of them, 128 bits of it: a chance collision is beyond
 * reach. A SIM number that is not the device's own name stands behind it.
 */
export function contentHash(device: ListedDevice): string {
  const { carrierDeviceId, iccid, status, carrierStatus, ratePlan, communicationPlan } = device
  const hash = hashOf(JSON.stringify([status, carrierStatus, ratePlan, communicationPlan]))
  return iccid === carrierDeviceId ? hash : `${hash}/${iccid}`
}

function hashOf(text: string): string {
  const known = kept.get(text)
  if (known !== undefined) return known
  const hash = bytesToHex(sha256(utf8ToBytes(text)).subarray(0, SHARED_HASH_LENGTH / 2))
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(text, hash)
  return hash
}
