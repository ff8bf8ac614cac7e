import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { blocksOfComments, listMarkdownFiles, readMarkdown } from "./markdown.mjs"
import { runCommand } from "./steps.mjs"

const FOLDER = ".cache/snippets"

/**
 * Type-checks and runs the TypeScript examples of the documentation against the sources, each as a module of its own.
 *
 * - In Markdown files: every `ts` block is checked, and run if its fence says `ts run`; `ts fragment` is left alone.
 * - In the comments of the sources: every `ts` block that imports something is checked, and run if it says what it prints.
 * - `console.log(…) // "text"` in a block that is run has to print that.
 *
 * @returns {Promise<string>} What was checked, in words.
 * @throws {Error} With what the compiler or the block said, at the place in the documentation.
 */
export async function checkSnippets() {
  const blocks = [...pageBlocks(), ...commentBlocks()].map((block, index) => ({
    ...block,
    module: `example-${index}.ts`,
  }))
  const runnable = blocks.filter(({ isRun }) => isRun)
  if (blocks.length === 0) return "no TypeScript blocks yet"

  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  try {
    // `export {}` makes a module of a block that neither imports nor exports.
    for (const { module, code } of blocks) writeFileSync(join(FOLDER, module), `${code}\nexport {}\n`)
    const compilerOptions = { types: ["node"], noUnusedLocals: false }
    const project = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }
    writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(project))
    await inPageTerms(blocks, runCommand(["tsc", "--pretty", "false", "-p", FOLDER]))

    const cases = runnable.map(({ module, code, file, line }) => ({
      module,
      at: `${file}:${line}`,
      prints: printsOf(code),
    }))
    writeFileSync(join(FOLDER, "run.mjs"), `const cases = ${JSON.stringify(cases)}\n${RUNNER}`)
    await inPageTerms(blocks, runCommand([process.execPath, "--conditions=@altaworx/source", join(FOLDER, "run.mjs")]))
  } finally {
    rmSync(FOLDER, { recursive: true, force: true })
  }
  return `${blocks.length} examples, ${runnable.length} of them run`
}

function pageBlocks() {
  return listMarkdownFiles()
    .flatMap((file) => readMarkdown(file).blocks)
    .filter(({ info }) => isTypeScript(info))
    .map((block) => ({ ...block, isRun: block.info.includes("run") }))
}

function commentBlocks() {
  return globSync("packages/*/src/**/*.ts", { exclude: ["**/*.test.ts"] })
    .sort()
    .flatMap((file) => blocksOfComments(file, readFileSync(file, "utf8")))
    .filter(({ info, code }) => isTypeScript(info) && /^import /m.test(code))
    .map((block) => ({ ...block, isRun: printsOf(block.code).length > 0 }))
}

function isTypeScript(info) {
  return ["ts", "typescript"].includes(info[0]) && !info.includes("fragment")
}

/** What the block says it prints, line by line. */
function printsOf(code) {
  return [...code.matchAll(/console\.log\(.*\)\s*\/\/\s*(.+)$/gm)].map((match) => match[1].trim())
}

// Runs the examples in one process; whatever else they print is passed over.
const RUNNER = `
import { inspect } from "node:util"

const plain = (text) => text.replaceAll("'", '"').replace(/^"(.*)"$/, "$1")
const faults = []
for (const { module, at, prints } of cases) {
  const printed = []
  console.log = (...values) => printed.push(values.map((one) => (typeof one === "string" ? one : inspect(one))).join(" "))
  try {
    await import("./" + module)
  } catch (error) {
    faults.push(at + ": " + (error?.stack ?? error))
    continue
  }
  let from = 0
  for (const line of prints) {
    const found = printed.findIndex((text, index) => index >= from && plain(text) === plain(line))
    if (found < 0) {
      faults.push(at + ": does not print " + line + ", but\\n" + printed.slice(from).join("\\n"))
      break
    }
    from = found + 1
  }
}
if (faults.length > 0) throw faults.join("\\n")
`

async function inPageTerms(blocks, running) {
  try {
    await running
  } catch (error) {
    let message = String(error.message)
    for (const { module, file, line } of blocks) {
      message = message.replaceAll(new RegExp(`\\S*/?${module.replace(".", "\\.")}[:(](\\d+)`, "g"), (_, at) => {
        return `${file}:${line + Number(at) - 1}`
      })
    }
    throw new Error(message)
  }
}
