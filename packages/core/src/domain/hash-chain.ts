import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import { canonicalJson } from "./canonical-json.ts"

/** Where a chain stands: the number and the hash of its last entry. */
export interface ChainHead {
  /** 0 before the first entry, which has 1. */
  readonly seq: number
  /** SHA-256, 64 hexadecimal digits. */
  readonly hash: string
}

/** The head of a chain without entries. */
export const CHAIN_START: ChainHead = { seq: 0, hash: "0".repeat(64) }

/**
 * A head that is kept after the entries up to it were removed for good, so that the rest still verifies. Its signature says
 * that the removal was meant.
 */
export interface ChainCheckpoint extends ChainHead {
  readonly signature?: string
}

/** An entry at its place in a chain. */
export interface ChainedEntry<T> extends ChainHead {
  /** Hash of the entry before. */
  readonly previousHash: string
  readonly entry: T
}

/** What `verifyChain` found. Where it is broken, `seq` is the first number that does not hold. */
export type ChainVerdict =
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly seq: number; readonly reason: "changed" | "missing" | "reordered" }

/**
 * Chains entries to a head, in the order given. The hash of each covers its number, the hash before it and the entry in
 * {@link canonicalJson}, so none can be changed, taken out or moved without its successors showing it.
 *
 * @returns The entries with their places; the last one is the next head.
 * @throws {TypeError} If an entry holds what JSON does not have.
 * @example
 * ```ts
 * import { appendToChain, CHAIN_START, verifyChain } from "@altaworx/core/domain"
 *
 * const chain = appendToChain(CHAIN_START, [{ action: "approved" }, { action: "processed" }])
 * console.log(verifyChain(chain).ok) // true
 * console.log(verifyChain(chain.slice(1))) // { ok: false, seq: 1, reason: "missing" }
 * console.log(verifyChain(chain.slice(1), chain[0]).ok) // true
 * ```
 */
export function appendToChain<T>(head: ChainHead, entries: readonly T[]): readonly ChainedEntry<T>[] {
  let { seq, hash } = head
  return entries.map((entry) => {
    const previousHash = hash
    seq++
    hash = hashOf(seq, previousHash, entry)
    return { seq, previousHash, hash, entry }
  })
}

/**
 * Checks that entries follow one another, unchanged and complete. A long chain is checked page by page: each page from the
 * head that the one before ended at.
 *
 * @param from What the first entry follows: {@link CHAIN_START}, a checkpoint, or the entry before.
 * @param to The head that the entries must end at, from a trusted place. Without it, entries missing at the end, or a chain
 *   computed anew as a whole, cannot be noticed.
 */
export function verifyChain(
  entries: readonly ChainedEntry<unknown>[],
  from: ChainHead = CHAIN_START,
  to?: ChainHead,
): ChainVerdict {
  let head: ChainHead = { seq: from.seq, hash: from.hash }
  for (const { seq, previousHash, hash, entry } of entries) {
    const expected = head.seq + 1
    if (seq !== expected) {
      const isElsewhere = entries.some((other) => other.seq === expected)
      return { ok: false, seq: expected, reason: isElsewhere ? "reordered" : "missing" }
    }
    if (previousHash !== head.hash || hash !== safeHashOf(seq, previousHash, entry)) {
      return { ok: false, seq, reason: "changed" }
    }
    head = { seq, hash }
  }
  if (to && head.seq < to.seq) return { ok: false, seq: head.seq + 1, reason: "missing" }
  if (to && (head.seq > to.seq || head.hash !== to.hash)) return { ok: false, seq: head.seq, reason: "changed" }
  return { ok: true, head }
}

function hashOf(seq: number, previousHash: string, entry: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson([seq, previousHash, entry]))))
}

/** An entry that was changed into something that has no hash has none that fits. */
function safeHashOf(seq: number, previousHash: string, entry: unknown): string | undefined {
  try {
    return hashOf(seq, previousHash, entry)
  } catch {
    return undefined
  }
}
