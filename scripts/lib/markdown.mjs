// The little that the documentation checks need to know about Markdown.
import { globSync, readFileSync } from "node:fs"

const SKIPPED = [
  "**/node_modules/**",
  "docs/reference/**",
  "**/CHANGELOG.md",
  ".changeset/**",
  ".data*/**",
  ".cache/**",
]

/**
 * @typedef {{ file: string, line: number, info: readonly string[], code: string }} CodeBlock
 * A fenced block: where its code begins, the words after the fence (`ts`, `run`), and the code.
 */

/** The Markdown files that people write. */
export function listMarkdownFiles() {
  return globSync("**/*.md", { exclude: SKIPPED }).sort()
}

/** @returns {{ blocks: CodeBlock[], prose: string }} The fenced blocks, and the text with those lines left empty. */
export function readMarkdown(file) {
  const blocks = []
  const prose = []
  let open
  for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
    const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(line)
    if (open === undefined && fence !== null) {
      open = { fence: fence[1], file, line: index + 2, info: fence[2].trim().split(/\s+/), lines: [] }
    } else if (open !== undefined && fence !== null && fence[1].startsWith(open.fence) && fence[2].trim() === "") {
      const { fence: _, lines, ...block } = open
      blocks.push({ ...block, code: lines.join("\n") })
      open = undefined
    } else if (open !== undefined) open.lines.push(line)
    else {
      prose.push(line)
      continue
    }
    prose.push("")
  }
  return { blocks, prose: prose.join("\n") }
}

/**
 * The fenced blocks inside the documentation comments of a source file.
 *
 * @returns {CodeBlock[]}
 */
export function blocksOfComments(file, source) {
  const blocks = []
  let open
  for (const [index, text] of source.split("\n").entries()) {
    const line = /^\s*\* ?(.*)$/.exec(text)?.[1]
    if (line === undefined) {
      open = undefined
      continue
    }
    const fence = /^\s*```(.*)$/.exec(line)
    if (open !== undefined && fence !== null) {
      blocks.push({ file, line: open.line, info: open.info, code: open.lines.join("\n") })
      open = undefined
    } else if (open !== undefined) open.lines.push(line)
    else if (fence !== null) open = { line: index + 2, info: fence[1].trim().split(/\s+/), lines: [] }
  }
  return blocks
}

/** The anchors that a page's headings get, the way code hosts make them. */
export function anchorsOf(prose) {
  const seen = new Map()
  const anchors = new Set([...prose.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)].map((match) => match[1]))
  for (const [, heading] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-")
    const repeats = seen.get(slug) ?? 0
    seen.set(slug, repeats + 1)
    anchors.add(repeats === 0 ? slug : `${slug}-${repeats}`)
  }
  return anchors
}
