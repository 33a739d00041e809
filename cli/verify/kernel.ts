import { swapServices } from "../../components/node/kernelFiles";
import { sysctlsOf, type LabPlan } from "../../components/labPlan";
import { units, type Facts } from "./facts";
import { Rows } from "./rows";
import { judgeSwap } from "./swap";
import type { Check } from "./types";

/** Cgroup controllers that a kubelet needs; scripts/node/lib-cgroups.sh looks for them. */
const controllers = "cpu, cpuset, memory, pids";

/** The values that scripts/kernel.sh gets. */
export function kernelValues(host: string, plan: LabPlan): Record<string, string> {
  const { modules, modulesFile } = plan.kernel;
  return {
    MODULES: modules.join(" "),
    MODULES_FILE: modulesFile,
    SYSCTLS: Object.keys(sysctlsOf(plan, host)).join("\n"),
    SWAP_SERVICES: swapServices.join(" "),
    BRIDGE: plan.cni.bridge,
    ADDRESS: plan.hosts.find(({ name }) => name === host)?.address ?? "",
  };
}

export function judgeKernel(host: string, lab: LabPlan, facts: Facts): Check[] {
  const plan = { ...lab.kernel, sysctls: sysctlsOf(lab, host) };
  const rows = new Rows(host, "kernel");
  const boot = new Map(units(facts.text("units")).map((unit) => [unit["Id"], unit["LoadState"]]));
  judgeModules(rows, plan, facts, boot.get("systemd-modules-load.service"));
  judgeSysctls(rows, plan, facts, boot.get("systemd-sysctl.service"));
  judgeForwarding(rows, plan, facts);
  const missing = facts.text("controllers");
  rows.add("cgroup controllers", controllers, missing === "" ? controllers : missing, missing === "");
  judgeSwap(rows, facts, boot.get("swap.target"));
  return rows.rows;
}

function judgeModules(rows: Rows, plan: LabPlan["kernel"], facts: Facts, loader: string | undefined): void {
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
  const rule = facts.lines("blocked-modules").find((line) => line.startsWith(`${module} `));
  if (rule !== undefined) return rule.slice(module.length + 1);
  return loader === "loaded" ? undefined : `systemd-modules-load.service is ${loader ?? "missing"}`;
}

/** The value that files set a sysctl to, and the line that does; determined by scripts/node/lib-sysctl.sh. */
interface Setting {
  readonly value: string;
  readonly source: string;
}

const sysctlSections = ["boot-sysctls", "reload-sysctls"] as const;

function judgeSysctls(rows: Rows, plan: LabPlan["kernel"], facts: Facts, service: string | undefined): void {
  const [boot, reload] = sysctlSections.map((section) => new Map(parseSettings(facts, section)));
  for (const [key, value] of Object.entries(plan.sysctls)) {
    const expected = normalize(value);
    const { code, text } = facts.get(`sysctl ${key}`);
    rows.add(`sysctl ${key} now`, expected, normalize(text), code === 0 && normalize(text) === expected);

    const [atBoot, reloaded] = [boot?.get(key), reload?.get(key)];
    const seen = [
      `${describe(atBoot)}${service === "loaded" ? "" : `, but systemd-sysctl.service is ${service ?? "missing"}`}`,
    ];
    if (reloaded?.source !== atBoot?.source) seen.push(`sysctl --system: ${describe(reloaded)}`);
    const ok = atBoot?.value === expected && reloaded?.value === expected && service === "loaded";
    rows.add(`sysctl ${key} at the next boot`, `${expected} (${plan.sysctlFile})`, seen.join("; "), ok);
  }
}

/**
 * Checks that packets are forwarded that arrive at the cards of pods, of other hosts and of the default route:
 * `net.ipv4.ip_forward` sets the switch of each card only when it changes. A file that names a card overrides it: udev applies
 * the file when the card appears, and systemd-networkd applies its own when it configures the card.
 */
function judgeForwarding(rows: Rows, plan: LabPlan["kernel"], facts: Facts): void {
  if (plan.sysctls["net.ipv4.ip_forward"] !== "1") return;
  const now = new Map([["default", facts.get("forwarding default")], ...facts.all("forwarding")]);
  const off = [...now].filter(([, { text }]) => text !== "1").map(([card, { text }]) => `${card}: ${text}`);
  const all = [...now.keys()].join(", ");
  rows.add("forwarding by card now", "on", off.length === 0 ? `on (${all})` : off.join(", "), off.length === 0);

  const lines = sysctlSections.flatMap((section) => parseSettings(facts, section));
  const sources = new Set(
    lines.flatMap(([key, { value, source }]) => (isCardSwitch(key) && value !== "1" ? [source] : [])),
  );
  for (const line of facts.lines("networkd-off")) sources.add(line.replace(/^\S+ /, ""));
  rows.equal("forwarding by card at the next boot", "left on", [...sources].join(", ") || "left on");
}

function isCardSwitch(key: string): boolean {
  return /^net\/ipv4\/conf\/.*\/forwarding$/.test(key);
}

/** Parses lines of `KEY VALUE`, a tab, and where that is set. */
function parseSettings(facts: Facts, section: string): [string, Setting][] {
  return facts.lines(section).flatMap((line): [string, Setting][] => {
    const [, key, value = "", source = ""] = /^(\S+) (.*?)\t(.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, { value, source }]];
  });
}

function describe(setting: Setting | undefined): string {
  return setting === undefined ? "set by no file" : `${setting.value} (${setting.source})`;
}

/** Lists are separated by tabs in /proc/sys, and by any white space in files. */
function normalize(value: string): string {
  return value.trim().replaceAll(/\s+/g, " ");
}

/** The kernel treats - and _ in a module's name as the same. */
function plain(module: string): string {
  return module.replaceAll("-", "_");
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
