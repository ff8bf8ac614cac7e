// What the published packages are, read from their manifests.
import { readdirSync, readFileSync } from "node:fs"

const SOURCE = "@altaworx/source"

/**
 * @typedef {{ specifier: string, source: string, isHostOnly: boolean }} Door
 * One public import: `@altaworx/core/sync`, the file it is built from, and whether only hosts like Node can load it.
 */

/** The packages of this repository in the order they build on each other. */
export function listPackages() {
  return readdirSync("packages")
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"))
      return {
        folder: `packages/${folder}`,
        manifest,
        name: /** @type {string} */ (manifest.name),
        doors: doorsOf(manifest),
      }
    })
    .sort((a, b) => Number(dependsOn(a, b.name)) - Number(dependsOn(b, a.name)) || a.name.localeCompare(b.name))
}

/** @returns {Door[]} */
function doorsOf(manifest) {
  return Object.entries(manifest.exports)
    .filter(([, door]) => typeof door === "object")
    .map(([path, door]) => ({
      specifier: manifest.name + path.slice(1),
      source: door[SOURCE],
      isHostOnly: door[SOURCE].includes("/node/"),
    }))
}

function dependsOn({ manifest }, name) {
  return name in (manifest.dependencies ?? {})
}
