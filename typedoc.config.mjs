// The reference in docs/reference: everything behind a public door, and nothing else.
import { existsSync } from "node:fs"
import { Converter, ReflectionKind } from "typedoc"
import { listPackages } from "./scripts/lib/packages.mjs"

const doors = listPackages().flatMap(({ folder, doors }) =>
  doors.map(({ specifier, source }) => ({ specifier, file: `${folder}/${source.slice(2)}` })),
)

/** Calls each module what users import it by, rather than by the file it comes from. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return
    const door = doors.find(({ file }) => file === `packages/${reflection.name}.ts`)
    if (door !== undefined) reflection.name = door.specifier
  })
}

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "Altaworx connectivity SDK",
  entryPoints: doors.map(({ file }) => file),
  tsconfig: "scripts/tsconfig.docs.json",
  out: "docs/reference",
  readme: existsSync("README.md") ? "README.md" : "none",
  plugin: [nameModules],
  githubPages: false,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  // Types that a door does not export are shown by name; links that lead nowhere fail the build, those of the README in
  // a check of our own, since it links folders too.
  validation: { notExported: false, invalidLink: true, invalidPath: false, rewrittenLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
}
