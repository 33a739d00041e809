import { renderUnit, unitComment } from "./systemdUnit";

/** Where a release's containerd is found; a link to the version that is in use. */
const containerdProgram = "/usr/local/bin/containerd";

/** Goes before a package's unit of that name. */
export const containerdUnitFile = "/etc/systemd/system/containerd.service";

/**
 * `containerd.service` as the release of `version` has it (containerd.service at its tag: v1.7.24, v2.0.5, v2.1.5,
 * v2.2.7, v2.3.4).
 *
 * `KillMode=process` lets containers outlive the daemon, also across an upgrade. `Delegate=yes` leaves the cgroups
 * below it to containerd. 1.x raises the limit of open files, which its containers inherit; 2.0 left that line away,
 * since programs that close every possible file descriptor then take minutes.
 */
export function renderContainerdUnit(version: string): string {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  const localFiles = major < 2 || (major === 2 && minor === 0) ? " local-fs.target" : "";
  return renderUnit(
    {
      Unit: {
        Description: "containerd container runtime",
        Documentation: "https://containerd.io",
        After: `network.target${localFiles} dbus.service`,
      },
      Service: {
        ExecStartPre: "-/sbin/modprobe overlay",
        ExecStart: containerdProgram,
        Type: "notify",
        Delegate: "yes",
        KillMode: "process",
        Restart: "always",
        RestartSec: "5",
        LimitNPROC: "infinity",
        LimitCORE: "infinity",
        ...(major < 2 && { LimitNOFILE: "infinity" }),
        TasksMax: "infinity",
        OOMScoreAdjust: "-999",
      },
      Install: { WantedBy: "multi-user.target" },
    },
    unitComment,
  );
}
