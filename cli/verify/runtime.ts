import { parse } from "smol-toml";
import type { LabPlan } from "../../components/plan/labPlan";
import type { StatusResponse, VersionResponse } from "./cri/messages";
import { properties, type Facts } from "./facts";
import { Rows } from "./rows";
import type { Check } from "./types";

/** What the runtime's CRI socket answered. */
export interface CriAnswers {
  readonly version: VersionResponse;
  readonly status: StatusResponse;
}

/** The settings that the plan promises, as one source reports them; what a source does not report is undefined. */
export interface Settings {
  readonly snapshotter?: string | undefined;
  readonly defaultHandler?: string | undefined;
  readonly runtimeType?: string | undefined;
  readonly systemdCgroup?: string | undefined;
  readonly sandboxImage?: string | undefined;
  readonly cniBinDir?: string | undefined;
  readonly cniConfDir?: string | undefined;
}

/** Shim that runs a handler's containers (containerd's runtime v2). */
export const runcRuntime = "io.containerd.runc.v2";

/** The values that scripts/runtime.sh gets. */
export function runtimeValues(plan: LabPlan["runtime"]): Record<string, string> {
  return { SERVICE: `${plan.kind}.service`, SOCKET: plan.socket };
}

/** @param cri why the socket did not answer, where it did not */
export function judgeRuntime(host: string, plan: LabPlan, facts: Facts, cri: CriAnswers | Error): Check[] {
  const { kind, snapshotter, defaultHandler } = plan.runtime;
  const rows = new Rows(host, "runtime");
  const service = properties(facts.text("service"));
  rows.equal(`${kind} now`, "active", service["ActiveState"] ?? "");
  rows.equal(`${kind} at the next boot`, "enabled", service["UnitFileState"] ?? "");
  judgeCri(rows, kind, cri);

  const dump = facts.get("config-dump");
  rows.add("config dump", "exit 0", dump.code === 0 ? "exit 0" : dump.text, dump.code === 0);
  const sources: [string, Settings][] = [
    ["daemon", cri instanceof Error ? {} : daemonSettings(cri.status.info["config"])],
    ["config dump", dump.code === 0 ? dumpedSettings(dump.text, defaultHandler) : {}],
  ];
  for (const [key, label, expected] of expectations(plan)) {
    const seen = sources.flatMap(([source, settings]) => {
      const value = settings[key];
      return value === undefined ? [] : [{ source, value }];
    });
    const text = seen.map(({ source, value }) => `${value} (${source})`).join(", ");
    rows.add(label, expected, text, seen.length > 0 && seen.every(({ value }) => value === expected));
  }
  rows.equal(`snapshotter plugin ${snapshotter}`, "ok", snapshotterPlugin(facts.text("plugins"), snapshotter));
  return rows.rows;
}

function judgeCri(rows: Rows, kind: string, cri: CriAnswers | Error): void {
  if (cri instanceof Error) return rows.add("CRI version", `${kind}, CRI v1`, cri.message, false);
  const { runtimeName, runtimeVersion, runtimeApiVersion } = cri.version;
  const said = `${runtimeName} ${runtimeVersion}, CRI ${runtimeApiVersion}`;
  rows.add("CRI version", `${kind}, CRI v1`, said, runtimeName === kind && runtimeApiVersion === "v1");
  for (const type of ["RuntimeReady", "NetworkReady"]) {
    const found = cri.status.status?.conditions.find((condition) => condition.type === type);
    const reason = [found?.reason, found?.message].filter(Boolean).join(": ");
    const seen = found === undefined ? "not reported" : found.status ? "true" : `false ${reason}`;
    rows.add(`CRI status ${type}`, "true", seen, found?.status === true);
  }
}

function expectations({ runtime, cni }: LabPlan): [keyof Settings, string, string][] {
  return [
    ["snapshotter", "snapshotter", runtime.snapshotter],
    ["defaultHandler", "default handler", runtime.defaultHandler],
    ["runtimeType", `runtime type of ${runtime.defaultHandler}`, runcRuntime],
    ["systemdCgroup", "SystemdCgroup", String(runtime.cgroupDriver === "systemd")],
    ["sandboxImage", "sandbox image", runtime.sandboxImage],
    ["cniBinDir", "CNI plugin folder", cni.binDir],
    ["cniConfDir", "CNI configuration folder", cni.confDir],
  ];
}

/** containerd's CRI status, verbose: the configuration that the running daemon has, under Go's JSON names. */
export function daemonSettings(info: string | undefined): Settings {
  if (info === undefined) return {};
  const config = JSON.parse(info) as unknown;
  const handler = text(config, "containerd", "defaultRuntimeName");
  const runtime = ["containerd", "runtimes", handler ?? ""];
  return {
    // containerd 2 keeps images apart from the CRI runtime, so snapshotter and sandbox image come from 1.x only.
    snapshotter: text(config, "containerd", "snapshotter"),
    defaultHandler: handler,
    runtimeType: text(config, ...runtime, "runtimeType"),
    systemdCgroup: flag(config, ...runtime, "options", "SystemdCgroup"),
    sandboxImage: text(config, "sandboxImage"),
    cniBinDir: folders(at(config, "cni", "binDirs"), text(config, "cni", "binDir")),
    cniConfDir: text(config, "cni", "confDir"),
  };
}

/** `containerd config dump`: the file that the next start reads, with everything that it leaves to defaults. */
export function dumpedSettings(dump: string, planned: string): Settings {
  const plugins = at(parse(dump), "plugins");
  const v2 = at(plugins, "io.containerd.grpc.v1.cri", "containerd") !== undefined;
  const cri = at(plugins, v2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime");
  const images = at(plugins, "io.containerd.cri.v1.images");
  const runtime = ["containerd", "runtimes", text(cri, "containerd", "default_runtime_name") ?? planned];
  return {
    snapshotter: v2 ? text(cri, "containerd", "snapshotter") : text(images, "snapshotter"),
    defaultHandler: text(cri, "containerd", "default_runtime_name"),
    runtimeType: text(cri, ...runtime, "runtime_type"),
    systemdCgroup: flag(cri, ...runtime, "options", "SystemdCgroup"),
    sandboxImage: v2 ? text(cri, "sandbox_image") : text(images, "pinned_images", "sandbox"),
    cniBinDir: folders(at(cri, "cni", "bin_dirs"), text(cri, "cni", "bin_dir")),
    cniConfDir: text(cri, "cni", "conf_dir"),
  };
}

/** `ctr plugins ls`: columns type, id, platforms and status. */
function snapshotterPlugin(table: string, snapshotter: string): string {
  const columns = table.split("\n").map((line) => line.trim().split(/\s+/));
  const found = columns.find(([type, id]) => type === "io.containerd.snapshotter.v1" && id === snapshotter);
  return found?.at(-1) ?? "not loaded";
}

function at(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function text(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** A switch that is left out is off, where its folder of settings is reported at all. */
function flag(value: unknown, ...path: string[]): string | undefined {
  if (at(value, ...path.slice(0, -2)) === undefined) return undefined;
  return String(at(value, ...path) === true);
}

/** containerd 2.1 has a list of folders beside the older single one. */
function folders(list: unknown, single: string | undefined): string | undefined {
  const all = Array.isArray(list) ? list.filter((folder) => typeof folder === "string" && folder !== "") : [];
  return all.length > 0 ? all.join(":") : single;
}
