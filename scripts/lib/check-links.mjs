import { existsSync, statSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { anchorsOf, listMarkdownFiles, readMarkdown } from "./markdown.mjs"

/**
 * Checks that each link from one file of the repository to another leads to a file, and to a heading where it names one.
 * Links to the web are not followed: a page that is down must not fail a build.
 *
 * @returns {string} What was checked, in words.
 * @throws {Error} Naming each dead link.
 */
export function checkLinks() {
  const files = listMarkdownFiles()
  const dead = []
  let count = 0
  for (const file of files) {
    const { prose } = readMarkdown(file)
    for (const { target, line } of linksOf(prose)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue
      count++
      const [path, anchor] = target.split("#")
      const page = path === "" ? file : relative(".", join(dirname(file), decodeURIComponent(path)))
      const at = `${file}:${line}: ${target}`
      if (page.startsWith("..") || !existsSync(page)) dead.push(`${at} leads nowhere`)
      else if (anchor && page.endsWith(".md") && !anchorsOf(readMarkdown(page).prose).has(anchor)) {
        dead.push(`${at} names a heading that ${page} does not have`)
      } else if (anchor && statSync(page).isDirectory()) dead.push(`${at} names a heading of a folder`)
    }
  }
  if (dead.length > 0) throw new Error(dead.join("\n"))
  return `${count} links in ${files.length} files`
}

function linksOf(prose) {
  const links = []
  for (const [index, text] of prose.split("\n").entries()) {
    const visible = text.replace(/`[^`]*`/g, "")
    for (const [, target] of visible.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)) links.push({ target, line: index + 1 })
    for (const [, target] of visible.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/g)) links.push({ target, line: index + 1 })
    for (const [, target] of visible.matchAll(/(?:src|href)="([^"]+)"/g)) links.push({ target, line: index + 1 })
  }
  return links
}
