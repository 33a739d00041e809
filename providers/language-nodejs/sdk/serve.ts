import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  GeneratePackageResponse,
  LinkResponse,
  type GeneratePackageRequest,
  type LinkRequest,
} from "@pulumi/pulumi/proto/language_pb";
import { infoOf } from "../node";
import { packageRoot } from "../packages";
import { generateSdk } from "./generate";
import type { PackageSpec } from "./packageSpec";

/** `pulumi package gen-sdk`, and the first half of `pulumi package add`: writes a package's SDK into a folder. */
export function generatePackage(request: GeneratePackageRequest): GeneratePackageResponse {
  const files = generateSdk(JSON.parse(request.getSchema()) as PackageSpec);
  mkdirSync(request.getDirectory(), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(request.getDirectory(), name), text);
  for (const [name, content] of request.getExtraFilesMap().entries())
    writeFileSync(path.join(request.getDirectory(), name), content);
  return new GeneratePackageResponse();
}

/** The second half: makes the program depend on the SDKs. The engine installs them afterwards. */
export function linkPackages(request: LinkRequest): LinkResponse {
  const info = infoOf(request);
  const program = info.getProgramDirectory();
  const root = packageRoot(program);
  if (root === undefined) throw new Error(`no package.json in or above ${program}`);
  const file = path.join(root, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { dependencies?: Record<string, string> };
  const imports = request.getPackagesList().map((each) => {
    const folder = path.resolve(program, each.getPath());
    const { name } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { name: string };
    manifest.dependencies = { ...manifest.dependencies, [name]: `file:${path.relative(root, folder)}` };
    const variable = (each.getPackage()?.getName() ?? name).replace(/\W+(\w)/g, (_, letter: string) =>
      letter.toUpperCase(),
    );
    return `  import * as ${variable} from "${name}";\n`;
  });
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  return new LinkResponse().setImportInstructions(
    `You can import the SDK in your program with:\n\n${imports.join("")}`,
  );
}
