// A project of a user's: empty, with the packed packages installed, importing every public door.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { runCommand } from "./steps.mjs"

const TYPES = resolve("node_modules/@types")

/**
 * Installs the tarballs into an empty folder, imports every door under Node, type-checks the same imports the way Node and
 * bundlers resolve them, and runs each command.
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
  await runCommand(["npm", "install", ...flags, ...tarballs, ...optionalPeers(packages)], { cwd: folder })

  const doors = packages.flatMap((one) => one.doors)
  writeFileSync(join(folder, "import-all.js"), doors.map(({ specifier }) => importLine(specifier)).join("\n"))
  await runCommand([process.execPath, "import-all.js"], { cwd: folder })

  // Bundlers without Node's types for what runs everywhere, and there each of our declarations is read in full, which is
  // slow; Node's own resolution for all doors. The two cover both, and every door.
  const everywhere = doors.filter((door) => !door.isHostOnly)
  await checkTypes(folder, "bundler", everywhere, { module: "esnext", types: [], skipLibCheck: false })
  await checkTypes(folder, "nodenext", doors, { module: "nodenext", types: ["node"], skipLibCheck: true })
  const commands = await checkCommands(folder, packages)
  return `${doors.length} doors, ${commands} commands`
}

/** What only some doors need, and who uses those installs: in the version that the tests run with. */
function optionalPeers(packages) {
  return packages.flatMap(({ folder }) => {
    const { peerDependenciesMeta = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return Object.keys(peerDependenciesMeta).map((name) => {
      const { version } = JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"))
      return `${name}@${version}`
    })
  })
}

function importLine(specifier) {
  return `await import(${JSON.stringify(specifier)})`
}

async function checkTypes(folder, moduleResolution, doors, options) {
  const lines = doors.map(({ specifier }, index) => {
    return `import * as door${index} from ${JSON.stringify(specifier)}\nexport const used${index}: object = door${index}`
  })
  const file = `${moduleResolution}.ts`
  writeFileSync(join(folder, file), lines.join("\n"))
  const compilerOptions = {
    ...options,
    moduleResolution,
    typeRoots: [TYPES],
    target: "es2022",
    lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  }
  const project = join(folder, `tsconfig.${moduleResolution}.json`)
  writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }))
  const output = await runCommand(["tsc", "--pretty", "false", "-p", project], { cwd: folder }).catch(
    ({ message }) => message,
  )
  // Declarations of other people's packages are not ours to judge.
  const faults = output
    .split("\n")
    .filter((line) => line.includes("error TS") && !/^node_modules\/(?!@altaworx\/)/.test(line))
  if (faults.length > 0) throw new Error(`With ${moduleResolution} resolution:\n${faults.join("\n")}`)
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
