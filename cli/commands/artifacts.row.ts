import { Argument, Option } from "commander";
import { buildable, buildNames, defaultBuild } from "../artifacts/recipes";
import type { CommandRow } from "./row";

export const artifactsRow: CommandRow = {
  name: "artifacts",
  summary: "Look after the mirror of release files, for networks without the projects' own",
  examples: ["./hardway artifacts build", "./hardway artifacts list"],
  commands: [
    {
      name: "build",
      summary: "Build release files from Go modules, into a mirror with its SHA256SUMS",
      description:
        "Build release files from Go modules, into a mirror with its SHA256SUMS. What is there already stays.\n\n" +
        `What can be built, and how long it takes on 2 cores the first time:\n${buildTable()}`,
      examples: [
        "./hardway artifacts build",
        "./hardway artifacts build runsc",
        "./hardway artifacts build --output /srv/mirror",
      ],
      arguments: [
        new Argument("[name...]", "what to build").choices(buildNames).default(defaultBuild, defaultBuild.join(", ")),
      ],
      options: [new Option("--output <folder>", "also copy the mirror there, for a web server of yours")],
      load: async () => (await import("./artifacts.js")).build,
    },
    {
      name: "list",
      summary: "Show the release files that are known with their checksums, and which were built here",
      examples: ["./hardway artifacts list", "./hardway artifacts list --json | jq .built"],
      load: async () => (await import("./artifacts.js")).listArtifacts,
    },
  ],
};

/** A line for each of what `artifacts build` can be asked for. */
function buildTable(): string {
  const width = Math.max(...buildNames.map((name) => name.length));
  return buildNames
    .map((name) => {
      const { minutes, title } = buildable[name];
      return `  ${name.padEnd(width)}  ${String(minutes).padStart(2)} min  ${title}`;
    })
    .join("\n");
}
