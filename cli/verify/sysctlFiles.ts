/** A file of sysctl settings with where it lies. */
export interface SysctlFile {
  readonly path: string;
  readonly text: string;
}

/** The value that a key ends up with, and the line that sets it. */
export interface SysctlSetting {
  readonly value: string;
  readonly path: string;
  readonly line: number;
}

/** Folders by precedence: a file hides those of the same name in later folders (sysctl.d(5), "Configuration directories"). */
const folders = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];

/** Two names of one switch: writing either writes both (kernel documentation, networking/ip-sysctl). */
const aliases = new Map([["net/ipv4/conf/all/forwarding", "net/ipv4/ip_forward"]]);

/** The path below /proc/sys: the first separator says whether dots or slashes separate (sysctl.d(5)). */
export function sysctlPath(key: string): string {
  const first = /[./]/.exec(key)?.[0];
  if (first !== ".") return key;
  return key.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}

/** The files that systemd-sysctl(8) reads, in its order: by file name, each name once. */
export function systemdOrder(files: readonly SysctlFile[]): SysctlFile[] {
  const byName = new Map<string, SysctlFile>();
  for (const folder of folders) {
    for (const file of files) {
      const name = file.path.slice(folder.length + 1);
      if (file.path === `${folder}/${name}` && !byName.has(name)) byName.set(name, file);
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}

/** What `sysctl --system` reads (sysctl(8)): the same, then /etc/sysctl.conf, which systemd only reads by a link to it. */
export function procpsOrder(files: readonly SysctlFile[]): SysctlFile[] {
  return [...systemdOrder(files), ...files.filter((file) => file.path === "/etc/sysctl.conf")];
}

/**
 * What reading `files` in this order sets `key` to: the last line that names it, else the last pattern that matches
 * and that nothing excludes (sysctl.d(5): a key that is set by name, or excluded by `-key`, is left out of patterns).
 */
export function effectiveSetting(files: readonly SysctlFile[], key: string): SysctlSetting | undefined {
  const wanted = canonical(key);
  let named: SysctlSetting | undefined;
  let matched: SysctlSetting | undefined;
  let excluded = false;
  for (const { path, text } of files) {
    for (const [index, raw] of text.split("\n").entries()) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
      const at = line.indexOf("=");
      const left = canonical((at < 0 ? line : line.slice(0, at)).trim().replace(/^-/, ""));
      if (at < 0) excluded ||= line.startsWith("-") && matches(left, wanted);
      else {
        const setting = { value: normalize(line.slice(at + 1)), path, line: index + 1 };
        if (left === wanted) named = setting;
        else if (matches(left, wanted)) matched = setting;
      }
    }
  }
  return named ?? (excluded ? undefined : matched);
}

function canonical(key: string): string {
  const path = sysctlPath(key);
  return aliases.get(path) ?? path;
}

/** Values that are lists are separated by tabs in /proc/sys and by any blanks in files. */
export function normalize(value: string): string {
  return value.trim().replaceAll(/\s+/g, " ");
}

/** glob(7) as far as file names below /proc/sys need it; a `*` does not cross a slash. */
function matches(pattern: string, path: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === path;
  const source = pattern.replaceAll(/\[!|[*?[\]]|[^*?[\]]+/g, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "[!") return "[^";
    return part === "[" || part === "]" ? part : part.replaceAll(/[.+^${}()|\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`).test(path);
}
