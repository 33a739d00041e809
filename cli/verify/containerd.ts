import { parse } from "smol-toml";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../components/plan/labPlan";
import type { StatusResponse } from "./cri/messages";
import type { Facts } from "./facts";
import type { Rows } from "./rows";

/** The settings that the plan promises, as one source reports them; what a source does not report is undefined. */
export interface Settings {
  readonly snapshotter?: string | undefined;
  readonly defaultHandler?: string | undefined;
  readonly sandboxImage?: string | undefined;
  readonly cniBinDir?: string | undefined;
  readonly cniConfDir?: string | undefined;
  readonly handlers: Readonly<Record<string, HandlerSettings>>;
}

export interface HandlerSettings {
  readonly shim?: string | undefined;
  readonly program?: string | undefined;
  readonly systemdCgroup?: string | undefined;
}

/** Shim for programs with runc's command line, which alone has their name and the cgroup driver among its options. */
const runcShim = "io.containerd.runc.v2";

/**
 * containerd's settings as the running daemon has them and as its next start will read them.
 *
 * @param status CRI's verbose answer, undefined when there was none
 */
export function judgeContainerd(
  rows: Rows,
  runtime: RuntimePlan,
  cni: LabPlan["cni"],
  facts: Facts,
  status: StatusResponse | undefined,
): void {
  const dump = facts.get("config-dump");
  rows.add("config dump", "exit 0", dump.code === 0 ? "exit 0" : dump.text, dump.code === 0);
  const sources: [string, Settings][] = [
    ["daemon", daemonSettings(status?.info["config"])],
    ["config dump", dump.code === 0 ? dumpedSettings(dump.text) : { handlers: {} }],
  ];
  for (const [label, expected, read] of expectations(runtime, cni)) {
    const seen = sources.flatMap(([source, settings]) => {
      const value = read(settings);
      return value === undefined ? [] : [{ source, value }];
    });
    const text = seen.map(({ source, value }) => `${value} (${source})`).join(", ");
    rows.add(label, expected, text, seen.length > 0 && seen.every(({ value }) => value === expected));
  }
  const { snapshotter } = runtime;
  rows.equal(`snapshotter plugin ${snapshotter}`, "ok", snapshotterPlugin(facts.text("plugins"), snapshotter));
}

type Expectation = [label: string, expected: string, read: (settings: Settings) => string | undefined];

function expectations(runtime: RuntimePlan, cni: LabPlan["cni"]): Expectation[] {
  return [
    ["snapshotter", runtime.snapshotter, (settings) => settings.snapshotter],
    ["default handler", runtime.defaultHandler, (settings) => settings.defaultHandler],
    ...runtime.handlers.flatMap((handler) => handlerExpectations(handler, runtime)),
    ["sandbox image", runtime.sandboxImage, (settings) => settings.sandboxImage],
    ["CNI plugin folder", cni.binDir, (settings) => settings.cniBinDir],
    ["CNI configuration folder", cni.confDir, (settings) => settings.cniConfDir],
  ];
}

function handlerExpectations({ name, shim, program }: HandlerPlan, { cgroupDriver }: RuntimePlan): Expectation[] {
  const own = (settings: Settings) => settings.handlers[name] ?? {};
  const type: Expectation = [`runtime type of ${name}`, shim, (settings) => own(settings).shim];
  if (shim !== runcShim) return [type];
  const systemd = String(cgroupDriver === "systemd");
  return [
    type,
    // A plain name is what the shim looks for by itself.
    ...(program.includes("/")
      ? [[`program of ${name}`, program, (settings) => own(settings).program] satisfies Expectation]
      : []),
    [`SystemdCgroup of ${name}`, systemd, (settings) => own(settings).systemdCgroup],
  ];
}

/** containerd's CRI status, verbose: the configuration that the running daemon has, under Go's JSON names. */
export function daemonSettings(info: string | undefined): Settings {
  if (info === undefined) return { handlers: {} };
  const config = JSON.parse(info) as unknown;
  return {
    // containerd 2 keeps images apart from the CRI runtime, so snapshotter and sandbox image come from 1.x only.
    snapshotter: text(config, "containerd", "snapshotter"),
    defaultHandler: text(config, "containerd", "defaultRuntimeName"),
    sandboxImage: text(config, "sandboxImage"),
    cniBinDir: folders(at(config, "cni", "binDirs"), text(config, "cni", "binDir")),
    cniConfDir: text(config, "cni", "confDir"),
    handlers: handlerSettings(at(config, "containerd", "runtimes"), "runtimeType"),
  };
}

/** `containerd config dump`: the file that the next start reads, with everything that it leaves to defaults. */
export function dumpedSettings(dump: string): Settings {
  const plugins = at(parse(dump), "plugins");
  const v2 = at(plugins, "io.containerd.grpc.v1.cri", "containerd") !== undefined;
  const cri = at(plugins, v2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime");
  const images = at(plugins, "io.containerd.cri.v1.images");
  return {
    snapshotter: v2 ? text(cri, "containerd", "snapshotter") : text(images, "snapshotter"),
    defaultHandler: text(cri, "containerd", "default_runtime_name"),
    sandboxImage: v2 ? text(cri, "sandbox_image") : text(images, "pinned_images", "sandbox"),
    cniBinDir: folders(at(cri, "cni", "bin_dirs"), text(cri, "cni", "bin_dir")),
    cniConfDir: text(cri, "cni", "conf_dir"),
    handlers: handlerSettings(at(cri, "containerd", "runtimes"), "runtime_type"),
  };
}

function handlerSettings(runtimes: unknown, typeKey: string): Record<string, HandlerSettings> {
  const names = typeof runtimes === "object" && runtimes !== null ? Object.keys(runtimes) : [];
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        shim: text(runtimes, name, typeKey),
        program: text(runtimes, name, "options", "BinaryName"),
        // A switch that is left out is off.
        systemdCgroup: String(at(runtimes, name, "options", "SystemdCgroup") === true),
      },
    ]),
  );
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

/** containerd 2.1 has a list of folders beside the older single one. */
function folders(list: unknown, single: string | undefined): string | undefined {
  const all = Array.isArray(list) ? list.filter((folder) => typeof folder === "string" && folder !== "") : [];
  return all.length > 0 ? all.join(":") : single;
}
