import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { appendToChain, CHAIN_START, type ChainedEntry, verifyChain } from "./hash-chain.ts"

const anyEntries = fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 12 })
const chainOf = (entries: readonly unknown[]) => appendToChain(CHAIN_START, entries)
const stored = (chain: readonly unknown[]) => JSON.parse(JSON.stringify(chain)) as ChainedEntry<unknown>[]
const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex")

describe("appendToChain()", () => {
  it("hashes number, hash before and entry, as another implementation of SHA-256 does", () => {
    const zeros = "0".repeat(64)
    const first = sha256(`[1,"${zeros}",{"action":"é","at":1}]`)
    const second = sha256(`[2,"${first}","x"]`)
    expect(chainOf([{ at: 1, action: "é" }, "x"])).toEqual([
      { seq: 1, previousHash: zeros, hash: first, entry: { at: 1, action: "é" } },
      { seq: 2, previousHash: first, hash: second, entry: "x" },
    ])
  })

  it("gives the same chain in one go, in parts, and whatever the order of an entry's members", () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(12), (entries, at) => {
        const whole = chainOf(entries)
        const [begin, end] = [whole.slice(0, at), whole.slice(at)]
        expect(appendToChain(begin.at(-1) ?? CHAIN_START, entries.slice(at))).toEqual(end)
      }),
    )
    expect(chainOf([{ a: 1, b: { d: 1, c: 2 } }]).at(-1)?.hash).toBe(
      chainOf([{ b: { c: 2, d: 1 }, a: 1 }]).at(-1)?.hash,
    )
  })
})

describe("verifyChain()", () => {
  it("says where an untouched chain ends, also after a round through JSON, and in pages of any size", () => {
    fc.assert(
      fc.property(anyEntries, fc.integer({ min: 1, max: 5 }), (entries, size) => {
        const chain = stored(chainOf(entries))
        const { seq, hash } = chain.at(-1) as ChainedEntry<unknown>
        expect(verifyChain(chain, CHAIN_START, { seq, hash })).toEqual({ ok: true, head: { seq, hash } })
        let head = CHAIN_START
        for (let at = 0; at < chain.length; at += size) {
          const page = verifyChain(chain.slice(at, at + size), head)
          if (!page.ok) throw new Error("broken")
          head = page.head
        }
        expect(head).toEqual({ seq, hash })
      }),
    )
  })

  it("finds any single changed byte", () => {
    fc.assert(
      fc.property(
        anyEntries,
        fc.nat(),
        fc.integer({ min: 1, max: 127 }),
        fc.boolean(),
        (entries, place, bits, known) => {
          const chain = chainOf(entries)
          const head = chain.at(-1)
          const bytes = new TextEncoder().encode(JSON.stringify(chain))
          const at = place % bytes.length
          bytes[at] = (bytes[at] as number) ^ bits
          const changed = parse(new TextDecoder().decode(bytes))
          // What reads as the same value is no change: `1e2` for `100`, or a byte that is no UTF-8 in a text that is none.
          fc.pre(changed !== undefined && JSON.stringify(changed) !== JSON.stringify(stored(chain)))
          expect(verifyChain(changed ?? [], CHAIN_START, known ? head : undefined).ok).toBe(false)
        },
      ),
      { numRuns: 1_000 },
    )
  }, 60_000)

  it("finds an entry that was dropped, and names it; at the end by the head", () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(), (entries, place) => {
        const chain = chainOf(entries)
        const at = place % chain.length
        const verdict = verifyChain(chain.toSpliced(at, 1), CHAIN_START, chain.at(-1))
        expect(verdict).toEqual({ ok: false, seq: at + 1, reason: "missing" })
      }),
    )
  })

  it("finds two entries that were swapped, and names the first", () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(), fc.nat(), (entries, one, other) => {
        const chain = [...chainOf(entries)]
        const [low, high] = [one % chain.length, other % chain.length].toSorted((a, b) => a - b) as [number, number]
        fc.pre(low !== high)
        ;[chain[low], chain[high]] = [chain[high], chain[low]] as [ChainedEntry<unknown>, ChainedEntry<unknown>]
        expect(verifyChain(chain)).toEqual({ ok: false, seq: low + 1, reason: "reordered" })
      }),
    )
  })

  it("finds entries that swapped their contents, and a rewritten end by the head", () => {
    const chain = chainOf(["a", "b", "c"])
    const [first, second, third] = chain as [ChainedEntry<string>, ChainedEntry<string>, ChainedEntry<string>]
    const swapped = [{ ...first, entry: "b" }, { ...second, entry: "a" }, third]
    expect(verifyChain(swapped)).toEqual({ ok: false, seq: 1, reason: "changed" })
    const rewritten = [first, ...appendToChain(first, ["B", "c"])]
    expect(verifyChain(rewritten).ok).toBe(true)
    expect(verifyChain(rewritten, CHAIN_START, third)).toEqual({ ok: false, seq: 3, reason: "changed" })
    expect(verifyChain(chain, CHAIN_START, second)).toEqual({ ok: false, seq: 3, reason: "changed" })
  })

  it("goes on from a checkpoint after the entries before were removed, and from no other", () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(), (entries, place) => {
        const chain = chainOf(entries)
        const kept = place % chain.length
        const checkpoint = chain[kept - 1] ?? CHAIN_START
        expect(verifyChain(chain.slice(kept), checkpoint, chain.at(-1)).ok).toBe(true)
        expect(verifyChain(chain.slice(kept), { ...checkpoint, hash: "f".repeat(64) }).ok).toBe(false)
        expect(verifyChain(chain.slice(kept), { ...checkpoint, seq: checkpoint.seq + 1 }).ok).toBe(false)
      }),
    )
  })

  it("an entry that was replaced by something without a hash is changed, and fails nothing", () => {
    const [entry] = chainOf(["a"])
    expect(verifyChain([{ ...(entry as ChainedEntry<string>), entry: () => 1 }])).toMatchObject({ reason: "changed" })
    expect(verifyChain([])).toEqual({ ok: true, head: CHAIN_START })
  })
})

function parse(text: string): ChainedEntry<unknown>[] | undefined {
  try {
    return JSON.parse(text) as ChainedEntry<unknown>[]
  } catch {
    return undefined
  }
}
