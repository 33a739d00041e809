import type { LabPlan } from "../../components/plan/labPlan";
import { units, type Facts } from "./facts";
import { Rows } from "./rows";
import { judgeSwap } from "./swap";
import {
  effectiveSetting,
  normalize,
  procpsOrder,
  sysctlPath,
  systemdOrder,
  type SysctlFile,
  type SysctlSetting,
} from "./sysctlFiles";
import type { Check } from "./types";

export type KernelPlan = LabPlan["kernel"];

/** The values that scripts/kernel.sh gets. */
export function kernelValues(plan: KernelPlan): Record<string, string> {
  return { MODULES_FILE: plan.modulesFile, SYSCTLS: Object.keys(plan.sysctls).map(sysctlPath).join("\n") };
}

export function judgeKernel(host: string, plan: KernelPlan, facts: Facts): Check[] {
  const rows = new Rows(host, "kernel");
  const boot = new Map(units(facts.text("units")).map((unit) => [unit["Id"], unit["LoadState"]]));
  judgeModules(rows, plan, facts, boot.get("systemd-modules-load.service"));
  judgeSysctls(rows, plan, facts, boot.get("systemd-sysctl.service"));
  judgeSwap(rows, facts, boot.get("swap.target"));
  return rows.rows;
}

function judgeModules(rows: Rows, plan: KernelPlan, facts: Facts, loader: string | undefined): void {
  const loaded = new Set(words(facts.text("proc-modules")));
  // modules.builtin has paths such as kernel/fs/overlayfs/overlay.ko.
  const builtin = new Set(words(facts.text("builtin")).map((path) => plain(path.replace(/^.*\/|\.ko$/g, ""))));
  const present = new Set(words(facts.text("sys-module")));
  for (const module of plan.modules) {
    const name = plain(module);
    const isBuiltin = !loaded.has(name) && (builtin.has(name) || present.has(name));
    const now = loaded.has(name) ? "loaded" : isBuiltin ? "built in" : `neither, on kernel ${facts.text("release")}`;
    rows.add(`module ${module} now`, "loaded or built in", now, loaded.has(name) || isBuiltin);

    const expected = `listed in ${plan.modulesFile}`;
    const seen = isBuiltin ? "built in" : (bootProblem(plan.modulesFile, name, facts, loader) ?? expected);
    rows.add(`module ${module} at the next boot`, `${expected} or built in`, seen, isBuiltin || seen === expected);
  }
}

/** Why systemd-modules-load(8) would not load a module; undefined when it would. */
function bootProblem(file: string, module: string, facts: Facts, loader: string | undefined): string | undefined {
  const { code, text } = facts.get("modules-file");
  if (code !== 0) return text;
  const lines = text.split("\n").map((line) => line.trim());
  const listed = lines.filter((line) => line !== "" && !/^[#;]/.test(line));
  if (!listed.some((line) => plain(line) === module)) return `${file} lists ${listed.join(", ") || "nothing"}`;
  // It honours modprobe.d's blacklist, and an install line replaces the loading.
  const rules = facts.text("modprobe-rules").split("\n");
  const rule = rules.find((line) => plain(line.split(/\s+/)[1] ?? "") === module);
  if (rule !== undefined) return `modprobe.d says: ${rule}`;
  return loader === "loaded" ? undefined : `systemd-modules-load.service is ${loader ?? "missing"}`;
}

function judgeSysctls(rows: Rows, plan: KernelPlan, facts: Facts, service: string | undefined): void {
  const files: SysctlFile[] = [...facts.all("sysctl-file")].map(([path, { text }]) => ({ path, text }));
  for (const [key, value] of Object.entries(plan.sysctls)) {
    const expected = normalize(value);
    const { code, text } = facts.get(`sysctl ${sysctlPath(key)}`);
    rows.add(`sysctl ${key} now`, expected, normalize(text), code === 0 && normalize(text) === expected);

    const boot = effectiveSetting(systemdOrder(files), key);
    const reload = effectiveSetting(procpsOrder(files), key);
    const seen = [
      `${describe(boot)}${service === "loaded" ? "" : `, but systemd-sysctl.service is ${service ?? "missing"}`}`,
    ];
    if (reload?.path !== boot?.path) seen.push(`sysctl --system: ${describe(reload)}`);
    const ok = boot?.value === expected && reload?.value === expected && service === "loaded";
    rows.add(`sysctl ${key} at the next boot`, `${expected} (${plan.sysctlFile})`, seen.join("; "), ok);
  }
}

function describe(setting: SysctlSetting | undefined): string {
  return setting === undefined ? "set by no file" : `${setting.value} (${setting.path} line ${setting.line})`;
}

/** The kernel takes - and _ in a module's name for the same. */
function plain(module: string): string {
  return module.replaceAll("-", "_");
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
