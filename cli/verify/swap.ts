import { units, type Facts } from "./facts";
import type { Rows } from "./rows";

/** Unit states in which a boot starts a swap unit by itself. */
const startedAtBoot = new Set(["enabled", "generated", "linked", "alias"]);

/** @param target LoadState of swap.target, through which systemd turns on every swap that it knows */
export function judgeSwap(rows: Rows, facts: Facts, target: string | undefined): void {
  const [, ...active] = facts.lines("swaps").map((line) => line.split(/\s+/)[0] ?? "");
  rows.none("swap now", active);

  const throughTarget = target === "masked" ? [] : [...fstabSwaps(facts), ...swapUnits(facts), ...zramDevices(facts)];
  // The last ones are anything else that runs swapon at boot, as `FILE:LINE: TEXT`.
  const causes = [...throughTarget, ...services(facts), ...facts.lines("swap-starters")];
  const none = target === "masked" ? "none (swap.target is masked)" : "none";
  rows.add("swap at the next boot", "none", causes.length === 0 ? none : causes.join(", "), causes.length === 0);
}

/** fstab(5): the third field is the type, and `noauto` keeps an entry from being used at boot. */
function fstabSwaps(facts: Facts): string[] {
  return facts.lines("fstab").flatMap((line) => {
    const [device = "", , type, options = ""] = line.trim().split(/\s+/);
    const used = !device.startsWith("#") && type === "swap" && !options.split(",").includes("noauto");
    return used ? [`/etc/fstab: ${device}`] : [];
  });
}

function swapUnits(facts: Facts): string[] {
  return unitsEndingIn(".swap", facts).flatMap((unit) => {
    // Made from fstab at the last daemon-reload; the next boot makes it from the present fstab.
    if (unit["SourcePath"] === "/etc/fstab") return [];
    const state = unit["UnitFileState"] ?? "";
    const wanted = state === "static" && `${unit["WantedBy"] ?? ""}${unit["RequiredBy"] ?? ""}` !== "";
    return startedAtBoot.has(state) || wanted ? [`${unit["Id"]} (${state})`] : [];
  });
}

/** zram-generator creates a unit for each device in its configuration; masking that unit turns the device off. */
function zramDevices(facts: Facts): string[] {
  const masked = unitsEndingIn(".swap", facts).filter((unit) => unit["UnitFileState"]?.startsWith("masked"));
  const devices = [...facts.text("zram").matchAll(/^\[(zram\d*)\]/gm)].map(([, device]) => device);
  return devices
    .filter((device) => !masked.some((unit) => unit["Id"] === `dev-${device}.swap`))
    .map((device) => `zram-generator: ${device}`);
}

/** Services that are known to make swap; besides these, scripts/kernel.sh reports only two of the system's services. */
function services(facts: Facts): string[] {
  const system = ["systemd-modules-load.service", "systemd-sysctl.service"];
  return unitsEndingIn(".service", facts)
    .filter((unit) => startedAtBoot.has((unit["UnitFileState"] ?? "").replace("-runtime", "")))
    .filter((unit) => !system.includes(unit["Id"] ?? ""))
    .map((unit) => `${unit["Id"]} (${unit["UnitFileState"]})`);
}

function unitsEndingIn(suffix: string, facts: Facts): Record<string, string>[] {
  return units(facts.text("units")).filter((unit) => unit["Id"]?.endsWith(suffix));
}
