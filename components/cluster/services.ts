import { fileVariables, type OwnedFile } from "../node/ownedFiles";
import { renderUnit, unitCommand } from "../node/runtime/systemdUnit";
import type { CredentialFile, Credentials } from "./credentials";

/** A file that a service reads when it starts. */
export type ServiceFile = OwnedFile | CredentialFile;

/** A program that runs as a systemd service. */
export interface SystemdService {
  /** Name of the unit. */
  readonly name: string;
  /** Path of the program. @default the one of that name in /usr/local/bin */
  readonly program?: string;
  readonly description: string;
  readonly flags: readonly string[];
  /** Units that it starts after, besides network-online.target. @default none */
  readonly after?: readonly string[];
  /** Further directives of its section. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  /** A change of one restarts it. */
  readonly files: readonly ServiceFile[];
}

/** The services of a host that one step is there for, and files besides, which none of them reads. */
export interface ServiceFiles {
  readonly services: readonly SystemdService[];
  /** @default none */
  readonly others?: readonly ServiceFile[];
}

/** Folder of the programs. */
export const programFolder = "/usr/local/bin";

/**
 * Services as the variables of the scripts: FILES and FILE_n with units and files, each once; SERVICES with their names, in
 * the order in which they start; SERVICE_FILES with `SERVICE PATH` a line, for each file that a service reads. The texts of
 * credentials are not among them: see `serviceSecrets`.
 */
export function serviceVariables({ services, others }: ServiceFiles): Record<string, string> {
  const files = allFiles({ services, others });
  const { FILES = "", ...texts } = fileVariables(files.map((file) => ({ text: "", ...file })));
  return {
    FILES,
    ...Object.fromEntries(Object.entries(texts).filter((_, index) => !isCredential(files[index]))),
    SERVICES: services.map(({ name }) => name).join(" "),
    SERVICE_FILES: services
      .flatMap((service) => [unitOf(service), ...service.files].map(({ path }) => `${service.name} ${path}`))
      .join("\n"),
  };
}

/**
 * The texts of the services' credentials, as the variables FILE_n that `serviceVariables` leaves out.
 *
 * @throws Error with the names of those that are missing
 */
export function serviceSecrets(wanted: ServiceFiles, credentials: Credentials): Record<string, string> {
  const texts = allFiles(wanted).flatMap((file, index) =>
    isCredential(file) ? [{ name: `FILE_${index + 1}`, of: file.credential, text: credentials[file.credential] }] : [],
  );
  const missing = texts.filter(({ text }) => text === undefined || text === "").map(({ of }) => of);
  if (missing.length > 0) throw new Error(`credentials lacks ${missing.join(", ")}`);
  return Object.fromEntries(texts.map(({ name, text }) => [name, text as string]));
}

function isCredential(file: ServiceFile | undefined): file is CredentialFile {
  return file !== undefined && "credential" in file;
}

function allFiles({ services, others = [] }: ServiceFiles): ServiceFile[] {
  const files = [...services.flatMap((service) => [...service.files, unitOf(service)]), ...others];
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function unitOf({ name, program, description, flags, after = [], settings }: SystemdService): OwnedFile {
  const text = renderUnit({
    Unit: {
      Description: description,
      Wants: "network-online.target",
      After: ["network-online.target", ...after].join(" "),
      // It is tried again as long as it takes: what it needs may be on a host that boots later.
      StartLimitIntervalSec: "0",
    },
    Service: {
      ExecStart: unitCommand([program ?? `${programFolder}/${name}`, ...flags]),
      Restart: "always",
      RestartSec: "5",
      ...settings,
    },
    Install: { WantedBy: "multi-user.target" },
  });
  return { path: `/etc/systemd/system/${name}.service`, text };
}

/** Flags as `--NAME=VALUE`; those without a value are left out. */
export function flagsOf(values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}
