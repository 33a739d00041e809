import { parse } from "smol-toml";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../../components/labPlan";
import type { Facts } from "../facts";
import { at, foldersAt, judgeSources, parseInfo, textAt, type Expectation, type RuntimeJudge } from "./judge";
import { pluginState } from "./plugins";

/** Settings as one source reports them; undefined for those that it does not report. */
interface ReportedSettings {
  readonly snapshotter?: string | undefined;
  readonly defaultHandler?: string | undefined;
  readonly sandboxImage?: string | undefined;
  readonly cniBinDir?: string | undefined;
  readonly cniConfDir?: string | undefined;
  readonly handlers: Readonly<Record<string, HandlerSettings>>;
}

interface HandlerSettings {
  readonly shim?: string | undefined;
  readonly program?: string | undefined;
  readonly systemdCgroup?: string | undefined;
}

/** Shim for programs with runc's command line; only this one has the program and the cgroup driver as options. */
const runcShim = "io.containerd.runc.v2";

/** Checks containerd's settings, both those of the running daemon and those that its next start will read. */
export const containerdJudge: RuntimeJudge = {
  judgeSettings(rows, runtime, cni, facts, status) {
    const dump = facts.get("config-dump");
    rows.exits("config dump", dump);
    rows.equal("options of the daemon", "none", daemonOptions(facts));
    judgeSources(rows, expectations(runtime, cni), [
      ["daemon", daemonSettings(status?.info["config"])],
      ["config dump", dump.code === 0 ? dumpedSettings(dump.text) : { handlers: {} }],
    ]);
    const { snapshotter } = runtime;
    const state = pluginState(facts.text("plugins"), "io.containerd.snapshotter.v1", snapshotter);
    rows.equal(`snapshotter plugin ${snapshotter}`, "ok", state ?? "not loaded");
  },

  seeSandbox(rows, { sandboxImage }, { info }) {
    rows.equal("image of the sandbox", sandboxImage, textAt(parseInfo(info), "image"));
  },

  seeContainer(rows, { snapshotter, handlers, defaultHandler }, { info }) {
    const shim = handlers.find(({ name }) => name === defaultHandler)?.shim ?? "";
    const seen = parseInfo(info);
    rows.equal("snapshotter of the container", snapshotter, textAt(seen, "snapshotter"));
    rows.equal("runtime of the container", shim, textAt(seen, "runtimeType"));
  },

  seeHandler(rows, { name, shim = "", program }, { info }) {
    const seen = parseInfo(info);
    const called = textAt(seen, "runtimeOptions", "binary_name");
    rows.equal(`shim of handler ${name}`, shim, textAt(seen, "runtimeType"));
    if (called !== undefined || namesProgram(shim, program)) rows.equal(`program of handler ${name}`, program, called);
  },
};

/** Options override the configuration file, or name another one; they come from drop-ins of its unit. */
function daemonOptions(facts: Facts): string {
  const command = facts.get("command");
  if (command.code !== 0) return "no process";
  const options = command.text.split("\n").slice(1);
  if (options.length === 0) return "none";
  const dropIns = facts.text("drop-ins");
  return options.join(" ") + (dropIns === "" ? "" : ` (drop-ins: ${dropIns})`);
}

function expectations(runtime: RuntimePlan, cni: LabPlan["cni"]): Expectation<ReportedSettings>[] {
  return [
    ["snapshotter", runtime.snapshotter, (settings) => settings.snapshotter],
    ["default handler", runtime.defaultHandler, (settings) => settings.defaultHandler],
    ...runtime.handlers.flatMap((handler) => handlerExpectations(handler, runtime)),
    ["sandbox image", runtime.sandboxImage, (settings) => settings.sandboxImage],
    ["CNI plugin folder", cni.binDir, (settings) => settings.cniBinDir],
    ["CNI configuration folder", cni.confDir, (settings) => settings.cniConfDir],
  ];
}

function handlerExpectations(
  { name, shim = "", program }: HandlerPlan,
  { cgroupDriver }: RuntimePlan,
): Expectation<ReportedSettings>[] {
  const own = (settings: ReportedSettings) => settings.handlers[name] ?? {};
  const type: Expectation<ReportedSettings> = [`runtime type of ${name}`, shim, (settings) => own(settings).shim];
  if (shim !== runcShim) return [type];
  const systemd = String(cgroupDriver === "systemd");
  return [
    type,
    ...(namesProgram(shim, program)
      ? [[`program of ${name}`, program, (settings) => own(settings).program] satisfies Expectation<ReportedSettings>]
      : []),
    [`SystemdCgroup of ${name}`, systemd, (settings) => own(settings).systemdCgroup],
  ];
}

/** Whether the shim is configured with the program to call; it finds a plain name by itself. */
function namesProgram(shim: string, program: string): boolean {
  return shim === runcShim && program.includes("/");
}

/** From containerd's verbose CRI status: the running daemon's configuration, with Go's JSON names. */
export function daemonSettings(info: string | undefined): ReportedSettings {
  if (info === undefined) return { handlers: {} };
  const config = JSON.parse(info) as unknown;
  return {
    // In containerd 2, images are separate from the CRI runtime, so only 1.x reports snapshotter and sandbox image here.
    snapshotter: textAt(config, "containerd", "snapshotter"),
    defaultHandler: textAt(config, "containerd", "defaultRuntimeName"),
    sandboxImage: textAt(config, "sandboxImage"),
    // 2.1 has a list of folders beside the older single one.
    cniBinDir: foldersAt(config, "cni", "binDirs") ?? textAt(config, "cni", "binDir"),
    cniConfDir: textAt(config, "cni", "confDir"),
    handlers: handlerSettings(at(config, "containerd", "runtimes"), "runtimeType"),
  };
}

/** `containerd config dump`: the file that the next start reads, with everything that it leaves to defaults. */
export function dumpedSettings(dump: string): ReportedSettings {
  const plugins = at(parse(dump), "plugins");
  const v2 = at(plugins, "io.containerd.grpc.v1.cri", "containerd") !== undefined;
  const cri = at(plugins, v2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime");
  const images = at(plugins, "io.containerd.cri.v1.images");
  return {
    snapshotter: v2 ? textAt(cri, "containerd", "snapshotter") : textAt(images, "snapshotter"),
    defaultHandler: textAt(cri, "containerd", "default_runtime_name"),
    sandboxImage: v2 ? textAt(cri, "sandbox_image") : textAt(images, "pinned_images", "sandbox"),
    cniBinDir: foldersAt(cri, "cni", "bin_dirs") ?? textAt(cri, "cni", "bin_dir"),
    cniConfDir: textAt(cri, "cni", "conf_dir"),
    handlers: handlerSettings(at(cri, "containerd", "runtimes"), "runtime_type"),
  };
}

function handlerSettings(runtimes: unknown, typeKey: string): Record<string, HandlerSettings> {
  const names = typeof runtimes === "object" && runtimes !== null ? Object.keys(runtimes) : [];
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        shim: textAt(runtimes, name, typeKey),
        program: textAt(runtimes, name, "options", "BinaryName"),
        // A missing switch is off.
        systemdCgroup: String(at(runtimes, name, "options", "SystemdCgroup") === true),
      },
    ]),
  );
}
