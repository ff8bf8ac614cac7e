import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"

/** What the earlier system did wrong from a sync to a saving, by number. */
const DEFECTS: Readonly<Record<number, string>> = {
  1: "Orders of up to 15 rate plans without a bound: 1.3 million million of them",
  2: "Usage was projected twice where a cache was on",
  3: "Usage read at the start of the period was divided by zero",
  4: "Usage without a date counted as read at the end of the period, and was never projected",
  5: "A retry of the wait after a sync forgot that an optimization was asked for, and for which session",
  6: "A retry of the end of an optimization forgot its provider, and that it was the last: no mail, rows of provider 0",
  7: "A session was marked complete before its files and mails: what failed after that was lost",
  8: "The end of an optimization was retried without a limit, or left its session running, which blocked the tenant",
  9: "The end waited for the queue of all tenants to be empty",
  10: "The lower cost was read, then written, without a lock: order and ties decided",
  11: "The winner had no tie-breaker, and no winner was winner 0",
  12: "Facts of one run stayed in the process and showed in the next",
  13: "Progress stopped at 50, was repeated, was told after errors, and lost the session's data on the second pass",
  14: "One part that failed ended the wait as a success",
  15: "Two starts at the same time were both let in; sessions that were over stood in the way",
  16: "No start hour was an exception on the days that count",
  17: "Only periods of the current UTC month were looked at",
  18: "A missing tenant became tenant 1",
  19: "Every handler swallowed what went wrong, so nothing came back and nothing was kept",
  20: "Too many rate plans, or one that was wrong, dropped whole groups of SIMs",
  21: "Communication plans were grouped by the text of their list, in its order",
  22: "Pooled SIMs of a customer were counted outside of their pool as well",
  23: "Each provider of a customer's session took itself for the last and sent its mail",
  24: "A worker that missed its cached work returned without a word, and the session stayed as it was",
  25: "A worker without SIMs left its queue items open",
  26: "The time that changes take was estimated for 250 devices at most, at the fastest rate that was ever seen",
  27: "Rogers accounts were let in, and had no case where their changes were handed on",
  28: "A page that failed was skipped for ever, the sixth failure ended the list, and an optimization started all the same",
  29: "An empty last page was never promoted",
  30: "Dates were texts of the host's culture, and taken for UTC whatever they said",
  31: "Of a device that was listed twice the older record stayed, and only within one call",
  32: "The wait counted and deleted rows of all providers",
  33: "Errors while reconciling were logged only: the optimization went on with old data",
  34: "Complete was told after every look, ready or not; not for eBonding; as text that a quote breaks",
  35: "A communication plan was known if any provider had one of that name",
  36: "Files of several providers or half days took each other's place, were not escaped, and were not waited for",
  37: "Ids were pasted into SQL",
  55: "Errors of a customer's session named neither the customer nor the session",
}

interface Shown {
  readonly number: number
  readonly says: string
  readonly file: string
}

function shownIn(file: string): readonly Shown[] {
  const source = readFileSync(join(import.meta.dirname, file), "utf8")
  return [...source.matchAll(/\bdefect(?:<[^>]*>)?\(\s*(\d+),\s*"([^"]+)"/g)].map(([, number, says]) => ({
    number: Number(number),
    says: says ?? "",
    file,
  }))
}

it("shows each of them, and docs/earlier-system-defects.md says where", async () => {
  const shown = globSync("*.test.ts", { cwd: import.meta.dirname })
    .flatMap(shownIn)
    .toSorted((a, b) => a.number - b.number || (a.file < b.file ? -1 : 1))
  expect([...new Set(shown.map(({ number }) => number))].sort((a, b) => a - b)).toEqual(
    Object.keys(DEFECTS).map(Number),
  )
  const rows = shown.map(({ number, says, file }) => `| ${number} | ${DEFECTS[number]} | ${says} | \`${file}\` |`)
  const page = `# Defects of the earlier system

What the system before this one did wrong from a sync to a saving, and what holds here. Each line is a test in
\`packages/core/test/defects\`, named \`defect N: ...\`: it takes what we do, and rejects the earlier rule in a few lines.
This page is written by \`list.test.ts\` there (\`npx vitest run --project core test/defects/list -u\`).

| # | The earlier system | Here | Test |
| --- | --- | --- | --- |
${rows.join("\n")}
`
  await expect(page).toMatchFileSnapshot("../../../../docs/earlier-system-defects.md")
})
