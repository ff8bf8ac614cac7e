import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "tsup"

/**
 * Makes one file of JavaScript of each program and the sources it stands on. Running TypeScript and loading hundreds of
 * small files takes Node a second at each start, and most of the memory of a small program.
 *
 * @param folder Name of the folder below `node_modules/.cache`, where their imports of packages are found.
 * @param programs Source file by the path of its bundle below the folder, without `.js`.
 * @returns The folder's path.
 */
export async function bundlePrograms(folder: string, programs: Readonly<Record<string, string>>): Promise<string> {
  const outDir = join(import.meta.dirname, "../../node_modules/.cache", folder)
  rmSync(outDir, { recursive: true, force: true })
  mkdirSync(outDir, { recursive: true })
  writeFileSync(join(outDir, "package.json"), JSON.stringify({ type: "module" }))
  await build({
    entry: programs,
    outDir,
    format: "esm",
    platform: "node",
    target: "node22",
    config: false,
    silent: true,
    outExtension: () => ({ js: ".js" }),
    treeshake: true,
    splitting: false,
    external: ["@libsql/client", "libsql", "better-sqlite3"],
    noExternal: [/^(?!@libsql\/client|libsql|better-sqlite3)/],
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
    esbuildOptions(options) {
      options.conditions = ["@altaworx/source"]
    },
  })
  return outDir
}

/** The same in a folder of this process, which goes when it ends: a program that is started twice at once keeps its own. */
export async function bundleForThisProcess(name: string, programs: Readonly<Record<string, string>>): Promise<string> {
  const outDir = await bundlePrograms(`${name}-${process.pid}`, programs)
  process.on("exit", () => rmSync(outDir, { recursive: true, force: true }))
  return outDir
}
