import { readFile } from "node:fs/promises";
import { hostFromGuest } from "../guestNetwork";
import { run } from "../run";

/** Where this computer gets Debian's packages from, and through what. */
export interface AptSettings {
  /** Archive with the suites of a release; undefined when this computer's apt has no Debian archive. */
  readonly mirror?: string;
  /** Archive with the security suite, if it is configured too. */
  readonly securityMirror?: string;
  /** Options such as `Acquire::http::Proxy "http://...";`, one a line. */
  readonly options: readonly string[];
}

/** An index that apt is configured to download (apt-get(8), `indextargets`). */
export interface IndexTarget {
  readonly uri: string;
  readonly release: string;
  readonly label: string;
}

/** Reads apt's configuration of this computer. A computer without apt has no settings, which is fine. */
export async function readAptSettings(): Promise<AptSettings> {
  const format = "$(REPO_URI) $(RELEASE) $(LABEL)";
  const limit = { timeoutMs: 30_000 };
  const [targets, dump, osRelease] = await Promise.all([
    run("apt-get", ["indextargets", "--format", format, "Identifier: Packages"], limit).catch(() => ""),
    run("apt-config", ["dump"], limit).catch(() => ""),
    readFile("/etc/os-release", "utf8").catch(() => ""),
  ]);
  const parsed = targets.split("\n").flatMap((line) => {
    const [uri, release, label] = line.split(" ");
    return uri && release ? [{ uri, release, label: label ?? "" }] : [];
  });
  const codename = /^ID=debian$/m.test(osRelease) ? /^VERSION_CODENAME=(\S+)$/m.exec(osRelease)?.[1] : undefined;
  return { ...chooseMirrors(parsed, codename), options: chooseOptions(dump, process.env) };
}

/**
 * Picks the archives that are Debian's own. The label is what the archive says of itself; where apt has not downloaded anything yet
 * there is none, and the release's name decides.
 */
export function chooseMirrors(
  targets: readonly IndexTarget[],
  codename: string | undefined,
): Pick<AptSettings, "mirror" | "securityMirror"> {
  const find = (label: string, release: string): string | undefined =>
    targets
      .filter(({ uri }) => /^https?:\/\//.test(uri))
      .find((target) => (target.label ? target.label === label : codename !== undefined && target.release === release))
      ?.uri.replace(/\/+$/, "");
  const mirror = find("Debian", `${codename}`);
  const securityMirror = find("Debian-Security", `${codename}-security`);
  return { ...(mirror && { mirror }), ...(mirror && securityMirror && { securityMirror }) };
}

/** Keeps what decides how an archive is reached and how its age is judged; everything else is the computer's own affair. */
export function chooseOptions(dump: string, env: NodeJS.ProcessEnv): string[] {
  const kept = /^Acquire::(https?::(Proxy(::\S+)?|No-Cache)|Check-Valid-Until|Check-Date) ".+";$/;
  const options = dump.split("\n").filter((line) => kept.test(line));
  for (const scheme of ["http", "https"]) {
    const proxy = env[`${scheme}_proxy`];
    const configured = options.some((line) => line.startsWith(`Acquire::${scheme}::Proxy `));
    // What apt itself does: its own setting goes before the environment's.
    if (proxy && !configured && !/["\n]/.test(proxy)) options.push(`Acquire::${scheme}::Proxy "${proxy}";`);
  }
  return options;
}

/** The lines of sources.list for a release: the release itself, its updates and its security suite. */
export function sourcesList(settings: AptSettings, release: string): string[] {
  if (!settings.mirror) return [];
  return [
    `deb ${settings.mirror} ${release} main`,
    `deb ${settings.mirror} ${release}-updates main`,
    ...(settings.securityMirror ? [`deb ${settings.securityMirror} ${release}-security main`] : []),
  ];
}

/** The same text for use inside a machine, where this computer's loopback has another address. */
export function asSeenFromGuest(text: string): string {
  return text.replace(
    /(https?:\/\/(?:[^\s/@"]*@)?)(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?=[:/\s";]|$)/g,
    `$1${hostFromGuest}`,
  );
}

/** Ports of this computer's loopback at which machines find archives and proxies of these settings. */
export function guestAptPorts({ mirror, securityMirror, options }: AptSettings): number[] {
  const text = asSeenFromGuest([mirror, securityMirror, ...options].join("\n"));
  return [...text.matchAll(/(https?):\/\/(?:[^\s/@"]*@)?([\d.]+)(?::(\d+))?/g)].flatMap(([, scheme, host, port]) =>
    host === hostFromGuest ? [port === undefined ? (scheme === "https" ? 443 : 80) : Number(port)] : [],
  );
}
