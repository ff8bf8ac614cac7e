import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { listMarkdownFiles, readMarkdown } from "./markdown.mjs"
import { runCommand } from "./steps.mjs"

const FOLDER = ".cache/snippets"

/**
 * Type-checks the `ts` code blocks of the Markdown files against the sources, each as a module of its own, and runs
 * those whose fence says `ts run`. A fragment that cannot stand alone says `ts fragment`.
 *
 * @returns {Promise<string>} What was checked, in words.
 * @throws {Error} With what the compiler or the block said, at the place in the Markdown file.
 */
export async function checkSnippets() {
  const blocks = listMarkdownFiles()
    .flatMap((file) => readMarkdown(file).blocks)
    .filter(({ info }) => ["ts", "typescript"].includes(info[0]) && !info.includes("fragment"))
    .map((block) => ({ ...block, module: `${block.file.replace(/\W+/g, "-")}-${block.line}.ts` }))
  const runnable = blocks.filter(({ info }) => info.includes("run"))
  if (blocks.length === 0) return "no TypeScript blocks yet"

  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  try {
    // `export {}` makes a module of a block that neither imports nor exports.
    for (const { module, code } of blocks) writeFileSync(join(FOLDER, module), `${code}\nexport {}\n`)
    const project = { extends: "../../tsconfig.json", compilerOptions: { types: ["node"] }, include: ["*.ts"] }
    writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(project))
    await inMarkdownTerms(blocks, runCommand(["tsc", "--pretty", "false", "-p", FOLDER]))
    for (const { module } of runnable) {
      const command = [process.execPath, "--conditions=@altaworx/source", join(FOLDER, module)]
      await inMarkdownTerms(blocks, runCommand(command))
    }
  } finally {
    rmSync(FOLDER, { recursive: true, force: true })
  }
  return `${blocks.length} blocks, ${runnable.length} of them run`
}

async function inMarkdownTerms(blocks, running) {
  try {
    await running
  } catch (error) {
    let message = String(error.message)
    for (const { module, file, line } of blocks) {
      message = message.replaceAll(new RegExp(`\\S*${module.replace(".", "\\.")}[:(](\\d+)`, "g"), (_, at) => {
        return `${file}:${line + Number(at) - 1}`
      })
    }
    throw new Error(message)
  }
}
