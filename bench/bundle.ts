import { join } from "node:path"
import { build } from "tsup"

/**
 * Makes one file of JavaScript of a program and the sources it stands on, as a host would run it: what Node needs to run
 * TypeScript, and to load hundreds of small files, would be most of the memory that is measured.
 *
 * @returns The file's path.
 */
export async function bundle(name: string, entry: string): Promise<string> {
  const outDir = join("node_modules", ".cache", "altaworx-bench", name)
  await build({
    entry: { program: entry },
    outDir,
    format: "esm",
    platform: "node",
    target: "node22",
    config: false,
    silent: true,
    clean: true,
    outExtension: () => ({ js: ".mjs" }),
    treeshake: true,
    external: ["@libsql/client", "better-sqlite3"],
    noExternal: [/^(?!@libsql\/client|better-sqlite3)/],
    esbuildOptions(options) {
      options.conditions = ["@altaworx/source"]
    },
  })
  return join(outDir, "program.mjs")
}
