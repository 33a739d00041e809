import { readFileSync } from "node:fs";
import type { FakeHost } from "./fakeHost";

/** How the scripts call apt-get when they change something. */
export const aptOptions = (
  "-y -q -o DPkg::Lock::Timeout=60 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confdef " +
  "-o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0"
).split(" ");

/** How they have it write down which packages are new. */
export const recordNew = [
  "-o",
  `DPkg::Pre-Install-Pkgs::=${/^record_new='(.*)'$/m.exec(readFileSync("scripts/node/lib-packages.sh", "utf8"))?.[1]}`,
];

/** How they read a step's own repositories, whatever is the matter with others. */
export const updateOwn = (host: FakeHost, step: string) => [
  "apt-get",
  ...aptOptions,
  "-o",
  `Dir::Etc::sourcelist=${host.path(`/etc/apt/sources.list.d/hardway-${step}.sources`)}`,
  ..."-o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 update".split(" "),
];

/** What a package does to the host, as shell text. */
export interface FakePackage {
  readonly install?: string;
  readonly purge?: string;
  readonly version?: string;
  /** Packages that come with it. */
  readonly depends?: readonly string[];
}

/** How they purge. */
export const purge = (...packages: string[]) => ["dpkg", "--purge", "--force-remove-protected", ...packages];

/**
 * Fake apt-get, dpkg and dpkg-query that know these packages and no others. An installed package is a file in /dpkg, which
 * holds what it depends on and, in a second line, what it provides; the mirror's lists are in /var/lib/apt as with the real one.
 */
export function fakePackages(host: FakeHost, packages: Readonly<Record<string, FakePackage>>): void {
  // Installed on every host, and upgraded along with whatever is installed.
  host.write("/dpkg/libc6", "");
  host.write("/var/lib/apt/lists/partial/.keep", "");
  const each = (text: (name: string, fake: FakePackage) => string) =>
    `case $p in ${Object.entries(packages)
      .map(([name, fake]) => `${name}) ${text(name, fake)} ;;`)
      .join(" ")} *) echo "UNKNOWN PACKAGE $p" >&2; exit 100 ;; esac`;
  const options = aptOptions.join(" ");
  // Sets the arguments to these packages with what they bring along and is not there yet.
  const depends = Object.entries(packages).flatMap(([name, fake]) =>
    (fake.depends ?? []).map((other) => `${name}) [ -e "$R/dpkg/${other}" ] || all="$all ${other}" ;;`),
  );
  const withDepends = `all=; for p; do ${depends.map((one) => `case $p in ${one} esac;`).join(" ")} all="$all $p"; done; set -- $all`;
  host.program(
    "dpkg",
    {
      "--audit": 'cat "$R/dpkg-audit" 2>/dev/null || :',
      "--print-architecture": "echo amd64",
      // What differs of a package, as dpkg says it; a reinstallation brings it back.
      "--verify *": 'shift; for p; do cat "$R/dpkg-verify/$p" 2>/dev/null || :; done',
    },
    {
      "--configure -a *": 'rm "$R/dpkg-audit"',
      "--purge --force-remove-protected *": `shift 2; for p; do ${each(
        (name, fake) => `rm "$R/dpkg/${name}"; ${fake.purge ?? ":"}`,
      )}; done; rm -f "$R/var/lib/apt/lists/x_Packages"`, // so that a test can compare with the time before
    },
  );
  host.program("dpkg-query", {
    "-W -f ${db:Status-Status} *": '[ ! -e "$R/dpkg/$4" ] || printf installed',
    "-W -f ${Package} ${db:Status-Status}\\n *":
      'shift 3; for p; do [ ! -e "$R/dpkg/$p" ] || echo "$p installed"; done',
    "-W -f ${Package} ${db:Status-Status}\\n": 'cd "$R/dpkg" && for p in *; do echo "$p installed"; done',
    "-W -f ${db:Status-Status}\\t${Package}\\t${Provides}\\t${Pre-Depends},${Depends}\\n":
      'cd "$R/dpkg" && for p in *; do { read -r depends || :; read -r provides || :; } <"$p"; printf "installed\\t%s\\t%s\\t,%s\\n" "$p" "$provides" "$depends"; done',
    "-W -f ${Version} *": `p=$4; ${each((_, fake) => `printf %s ${fake.version ?? "1"}`)}`,
  });
  host.program(
    "apt-get",
    {
      // For whoever wants to know what would have to go.
      "-s -q --no-install-recommends install *": `shift 4; ${withDepends}; for p; do [ -e "$R/dpkg/$p" ] || echo "Inst $p (1 Debian [amd64])"; done`,
    },
    {
      [`${options} *update`]: 'touch "$R/var/lib/apt/lists/x_Packages"',
      // The upgrade of a package that was there before is not ours to purge.
      [`${options} -o DPkg::Pre-Install-Pkgs::=* --no-install-recommends install *`]: `hook=\${${aptOptions.length + 2}#*=}
      while [ "$1" != install ]; do shift; done; shift
      [ "$1" != --reinstall ] || { shift; for p; do rm -f "$R/dpkg-verify/$p"; done; }; ${withDepends}
      for p in "$@" libc6; do echo "/var/cache/apt/archives/\${p}_1%3a2_amd64.deb"; done | sh -c "$hook" || exit 100; for p; do ${each(
        (name, { depends = [], install = ":" }) => `printf %s "${depends.join(", ")}" >"$R/dpkg/${name}"; ${install}`,
      )}; done`,
    },
  );
}
