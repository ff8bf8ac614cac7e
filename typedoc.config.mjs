// The reference in docs/reference: everything behind a public door, and nothing else.
import { listPackages } from "./scripts/lib/packages.mjs"

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "Altaworx connectivity SDK",
  entryPoints: listPackages().flatMap(({ folder, doors }) => doors.map(({ source }) => `${folder}/${source.slice(2)}`)),
  tsconfig: "scripts/tsconfig.docs.json",
  out: "docs/reference",
  readme: "README.md",
  githubPages: false,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  // Types that a door does not export are shown by name; links that lead nowhere fail the build.
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
}
