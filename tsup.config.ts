import { readFileSync } from "node:fs"
import { defineConfig, type Options } from "tsup"

// The exports map of each package is the one list of its public doors; the entries follow from it.
const packages = ["optimizer", "jasper-client", "core", "adapters-hono"]

function entriesOf(name: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8")) as {
    exports: Record<string, string | { "@altaworx/source": string; default: string }>
  }
  const doors = Object.values(manifest.exports).filter((door) => typeof door !== "string")
  return Object.fromEntries(
    doors.map((door) => [
      door.default.replace("./dist/", "").replace(/\.js$/, ""),
      `packages/${name}/${door["@altaworx/source"].slice(2)}`,
    ]),
  )
}

/** What a package's users install with it is imported, not copied in. */
function installed(name: string): RegExp[] {
  const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8")) as {
    dependencies?: Record<string, string>
    peerDependencies?: Record<string, string>
  }
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  return names.map((dependency) => new RegExp(`^${dependency}(/|$)`))
}

// Host modules are known in `node/` rooms only; anywhere else they fail the build.
const hostModules: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "host-modules",
  setup: (build) =>
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      importer.includes("/node/")
        ? { path, external: true }
        : { errors: [{ text: `${importer} imports ${path}, which is for rooms named node/` }] },
    ),
}

export default defineConfig(
  packages.map(
    (name): Options => ({
      name,
      entry: entriesOf(name),
      outDir: `packages/${name}/dist`,
      tsconfig: `packages/${name}/tsconfig.json`,
      format: "esm",
      platform: "neutral",
      external: [/^@altaworx\//, ...installed(name)],
      removeNodeProtocol: false,
      esbuildPlugins: [hostModules],
      target: "es2022",
      dts: true,
      sourcemap: true,
      splitting: true,
      clean: true,
    }),
  ),
)
