import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import type { ServerWritableStream } from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import { PackageDependency, PackageParameterization, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/package.json";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { unary, unimplemented } from "../plugin/server";
import { installedPackages, installedVersion, npmVersion, packageRoot, pluginDependencies } from "./packages";
import { runPlugin } from "./plugin";
import { interruptPrograms, runProgram } from "./program";
import { generatePackage, linkPackages } from "./sdk/serve";

/** The gRPC service that runs Node.js programs for the engine. */
export function languageHost(engineAddress: string | undefined): ILanguageRuntimeServer {
  let engine = engineAddress;
  const missing = (what: string) => () =>
    unimplemented(`hardway's Node.js language host cannot ${what}; the official pulumi-language-nodejs can`);
  return {
    handshake: unary((request: pb.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      return new pb.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    run: unary((request: pb.RunRequest, cancelled) => {
      if (engine === undefined) throw new Error("the language host was started without the engine's address");
      return runProgram(request, engine, cancelled);
    }),
    cancel: unary(() => {
      interruptPrograms();
      return new Empty();
    }),
    getRequiredPackages: unary((request: pb.GetRequiredPackagesRequest) =>
      new pb.GetRequiredPackagesResponse().setPackagesList(requiredPackages(directoryOf(request))),
    ),
    about: unary(async (request: pb.AboutRequest) => {
      const response = new pb.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
      for (const [name, value] of Object.entries(await metadata(directoryOf(request)))) {
        if (value !== undefined) response.getMetadataMap().set(name, value);
      }
      return response;
    }),
    getProgramDependencies: unary((request: pb.GetProgramDependenciesRequest) => {
      const wanted = installedPackages(directoryOf(request)).filter(
        ({ direct }) => direct || request.getTransitivedependencies(),
      );
      const list = wanted.map((each) => new pb.DependencyInfo().setName(each.name).setVersion(each.version));
      return new pb.GetProgramDependenciesResponse().setDependenciesList(list);
    }),
    installDependencies,
    runtimeOptionsPrompts: unary(() => new pb.RuntimeOptionsResponse()),
    template: unary(() => new pb.TemplateResponse()),
    // The engine asks for packages first and for plugins only where that is not implemented.
    getRequiredPlugins: unary(missing("list plugins without their packages")),
    runPlugin,
    generateProgram: unary(missing("generate programs")),
    generateProject: unary(missing("generate projects")),
    generatePackage: unary(generatePackage),
    pack: unary(missing("pack SDKs")),
    link: unary(linkPackages),
  };
}

function directoryOf(request: { getInfo(): pb.ProgramInfo | undefined }): string {
  return request.getInfo()?.getProgramDirectory() ?? process.cwd();
}

/** What `pulumi about` shows of the program's surroundings, by the official language host's names. The engine asks at each operation. */
async function metadata(programDirectory: string): Promise<Record<string, string | undefined>> {
  return {
    packagemanager: "npm",
    packagemanagerVersion: npmVersion() ?? (await toldByNpm()),
    typescriptVersion: installedVersion("typescript", programDirectory),
  };
}

async function toldByNpm(): Promise<string | undefined> {
  const npm = await promisify(execFile)("npm", ["--version"], { timeout: 20_000 }).catch(() => undefined);
  return npm?.stdout.trim();
}

function requiredPackages(programDirectory: string): PackageDependency[] {
  return pluginDependencies(programDirectory).map(({ name, version, server, parameterization }) => {
    const dependency = new PackageDependency().setName(name).setKind("resource").setVersion(version).setServer(server);
    if (!parameterization) return dependency;
    const { name: packageName, version: packageVersion, value } = parameterization;
    return dependency.setParameterization(
      new PackageParameterization().setName(packageName).setVersion(packageVersion).setValue(value),
    );
  });
}

/** `pulumi install`: npm, in the nearest directory with a package.json. */
function installDependencies(
  call: ServerWritableStream<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>,
) {
  const root = packageRoot(directoryOf(call.request));
  if (root === undefined) {
    call.destroy(new Error(`no package.json in or above ${directoryOf(call.request)}`));
    return;
  }
  const npm = spawn("npm", ["install"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  npm.stdout.on("data", (chunk: Buffer) => call.write(new pb.InstallDependenciesResponse().setStdout(chunk)));
  npm.stderr.on("data", (chunk: Buffer) => call.write(new pb.InstallDependenciesResponse().setStderr(chunk)));
  call.on("cancelled", () => npm.kill());
  npm.on("error", (error) => call.destroy(new Error(`npm could not be run: ${error.message}`)));
  npm.on("close", (code) =>
    code === 0 ? call.end() : call.destroy(new Error(`npm install failed with status ${code}`)),
  );
}
