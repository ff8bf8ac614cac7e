// A project of a user's: empty, with the packed packages installed, importing every public door.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { runCommand } from "./steps.mjs"

const TYPES = resolve("node_modules/@types")

/**
 * Installs the tarballs into an empty folder, imports every door under Node, and type-checks the same imports the way
 * Node and bundlers resolve them; doors for every runtime without Node's types.
 *
 * @param {string} folder Created here.
 * @param {readonly string[]} tarballs
 * @param {ReturnType<typeof import("./packages.mjs").listPackages>} packages
 * @returns {Promise<string>} What was checked, in words.
 * @throws {Error} With the output of what failed.
 */
export async function checkConsumer(folder, tarballs, packages) {
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"]
  await runCommand(["npm", "install", ...flags, ...tarballs], { cwd: folder })

  const doors = packages.flatMap((one) => one.doors)
  writeFileSync(join(folder, "import-all.js"), doors.map(({ specifier }) => importLine(specifier)).join("\n"))
  await runCommand([process.execPath, "import-all.js"], { cwd: folder })

  await checkTypes(
    folder,
    "every-runtime",
    doors.filter((door) => !door.isHostOnly),
    [],
  )
  await checkTypes(folder, "host", doors, ["node"])
  const commands = await checkCommands(folder, packages)
  return `${doors.length} doors, ${commands} commands`
}

function importLine(specifier) {
  return `await import(${JSON.stringify(specifier)})`
}

async function checkTypes(folder, name, doors, types) {
  const lines = doors.map(({ specifier }, index) => {
    return `import * as door${index} from ${JSON.stringify(specifier)}\nexport const used${index}: object = door${index}`
  })
  writeFileSync(join(folder, `${name}.ts`), lines.join("\n"))
  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const project = join(folder, `tsconfig.${name}.${moduleResolution}.json`)
    const compilerOptions = { module, moduleResolution, types, typeRoots: [TYPES], strict: true, noEmit: true }
    // Reading every declaration is slow, and once is enough: it does not depend on how the doors were found.
    const skipLibCheck = moduleResolution !== "nodenext"
    const lib = ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"]
    const options = { ...compilerOptions, target: "es2022", lib, exactOptionalPropertyTypes: true, skipLibCheck }
    writeFileSync(project, JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }))
    const output = await runCommand(["tsc", "--pretty", "false", "-p", project], { cwd: folder }).catch(
      ({ message }) => message,
    )
    // Declarations of other people's packages are not ours to judge.
    const faults = output
      .split("\n")
      .filter((line) => line.includes("error TS") && !/^node_modules\/(?!@altaworx\/)/.test(line))
    if (faults.length > 0) throw new Error(`${moduleResolution}, ${name}:\n${faults.join("\n")}`)
  }
}

/** Every command a package offers is linked and answers `--help`. */
async function checkCommands(folder, packages) {
  const commands = packages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))
  for (const command of commands) {
    const link = join(folder, "node_modules/.bin", command)
    if (!existsSync(link)) throw new Error(`The command ${command} was not linked`)
    if (!readFileSync(link, "utf8").startsWith("#!"))
      throw new Error(`The command ${command} has no first line with #!`)
    await runCommand([process.execPath, link, "--help"], { cwd: folder })
  }
  return commands.length
}
