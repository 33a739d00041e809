import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { serviceSecrets, serviceVariables, type ServiceFiles } from "../../components/cluster/services";
import { shellQuote } from "../../components/remote/shellQuote";
import { FakeHost, type Answers, type Run } from "./fakeHost";
import { fakePackages, type FakePackage } from "./fakePackages";
import { fakeUnits, type FakeUnit } from "./fakeUnits";
import { releaseArchive } from "./releaseArchive";

const cache = "/var/cache/hardway/artifacts";

/** What ip(8) says of the networks that the host is on. */
export const ownNetworks = {
  "-o -4 address show": "echo '3: eth1    inet 10.240.0.80/24 brd 10.240.0.255 scope global eth1'",
  "-o -4 route show table all": "echo '10.240.0.0/24 dev eth1 proto kernel scope link src 10.240.0.80'",
};

/** The distribution's package, which starts a service of its own unless that is masked. */
const haproxy: FakePackage = {
  install:
    'mkdir -p "$R/etc/haproxy"; : >"$R/lib/systemd/system/haproxy.service"; ' +
    '[ -e "$R/etc/haproxy/haproxy.cfg" ] || : >"$R/etc/haproxy/haproxy.cfg"; ' +
    '[ -L "$R/etc/systemd/system/haproxy.service" ] || : >"$R/systemd/active/haproxy.service"',
  purge: 'rm -rf "$R/etc/haproxy" "$R/lib/systemd/system/haproxy.service" "$R/systemd/active/haproxy.service"',
};

/** A service of a step, as the fake host runs it. */
export interface FakeService extends FakeUnit {
  /** What prints its version, as shell text. @default its program in /usr/local/bin */
  readonly says?: string;
  /** Folder of its files. With the word `broken` in one of them, or in its unit, it never gets ready. */
  readonly folder: string;
  /** What of a URL tells that it is this service's. */
  readonly health: string;
}

/** What a step is run with. */
export interface ClusterStep {
  readonly files: ServiceFiles;
  /** Versions of the programs by their names. */
  readonly versions: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** The text of every credential: its name, so that a test sees which one a file has. */
export const credentialsOf = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, `-----BEGIN ${name}-----\nhidden-${name}\n`]));

/** A host for the services of a cluster. */
export class ClusterHost extends FakeHost {
  constructor(services: Readonly<Record<string, FakeService>>) {
    super();
    for (const folder of ["/etc/systemd/system/multi-user.target.wants", "/opt", "/usr/local/bin", cache, "/running"])
      this.write(`${folder}/.keep`, "");
    this.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n");
    this.program("uname", { "-m": "echo x86_64", "-r": "echo 6.12.0" });
    this.program("sleep", { "*": ":" });
    this.program("journalctl", { "-u * -n 20 -o cat --no-pager": 'echo "last words of $2"' });
    this.program("ss", {
      "-Hltnp sport = :*": 'cat "$R/ports/${2#*:}" 2>/dev/null || :',
      "-Hltn sport = :*": 'cat "$R/ports/${2#*:}" 2>/dev/null || :',
    });
    this.program("ip", ownNetworks);
    const answers = Object.entries(services).map(
      ([name, { health }]) => `*${health}*) cat "$R/running/${name}" 2>/dev/null || exit 22 ;;`,
    );
    this.program("curl", {
      "-q -s -f --max-time 10 *": `case $6 in ${answers.join(" ")} *) exit 7 ;; esac`,
    });
    const tools = ["curl", "iptables", "conntrack", "nftables", "ipset", "ipvsadm"];
    fakePackages(this, { ...Object.fromEntries(tools.map((name) => [name, {}])), haproxy });
    this.write("/dpkg/curl", "");
    fakeUnits(
      this,
      Object.fromEntries(
        Object.entries(services).map(
          ([name, { folder, says = `"$R/usr/local/bin/${name}" --version`, start = ":", stop = ":" }]) => [
            `${name}.service`,
            {
              start: `if grep -qsr broken "$R/etc/systemd/system/${name}.service" "$R${folder}"; then :; else ${says} >"$R/running/${name}"; ${start}; fi`,
              stop: `rm -f "$R/running/${name}"; ${stop}`,
            },
          ],
        ),
      ),
    );
  }

  /** Before every change, the host is copied into the folder that `.moments` names, where that is there. */
  override program(name: string, reads: Answers, changes: Answers = {}): void {
    const flag = shellQuote(this.momentsFile);
    const copy = `if [ -e ${flag} ]; then to=$(cat ${flag}); cp -a "$R" "$to/$(ls "$to" | wc -l)"; fi`;
    super.program(
      name,
      reads,
      Object.fromEntries(Object.entries(changes).map(([pattern, text]) => [pattern, `${copy}\n${text}`])),
    );
  }

  private get momentsFile(): string {
    return join(this.programs, ".moments");
  }

  /** Copies of the host as it is before each change of a run: what the loss of power leaves at that moment. For `restore`. */
  moments(run: () => Run): string[] {
    const folder = mkdtempSync(join(this.programs, ".moments-"));
    writeFileSync(this.momentsFile, folder);
    const { changes } = run();
    rmSync(this.momentsFile);
    const copies = changes.map((_, index) => join(folder, String(index)));
    expect(copies.length).to.be.greaterThan(0);
    expect(readdirSync(folder)).to.have.members(copies.map((copy) => basename(copy)));
    return copies;
  }

  /** A copy of the host as it is now, for `restore`. */
  copy(): string {
    const copy = join(mkdtempSync(join(this.programs, ".copy-")), "root");
    execFileSync("cp", ["-a", this.root, copy]);
    return copy;
  }

  /** The host is as it was when the copy was made. */
  restore(copy: string): void {
    rmSync(this.root, { recursive: true });
    execFileSync("cp", ["-a", copy, this.root]);
  }

  /** Runs a step, its releases being in the cache as if they had been downloaded, and its credentials on standard input. */
  step(script: string, { files, versions, credentials, variables }: ClusterStep): Run {
    const archives = Object.entries(versions).map(([name, version]) => standIn(name, version));
    for (const { digest, bytes } of archives)
      if (!this.exists(`${cache}/${digest}`)) writeFileSync(this.path(`${cache}/${digest}`), bytes);
    const secrets = Object.entries(serviceSecrets(files, credentials))
      .map(([name, text]) => `${name} ${Buffer.from(text).toString("base64")}\n`)
      .join("");
    const all = {
      ...serviceVariables(files),
      ...{ SECRETS: "stdin", ARTIFACTS: archives.map(({ line }) => line).join("\n") },
      ...variables,
    };
    return this.run(script, all, secrets);
  }

  /** Without the cache, whose files are the tests', and apt's lists. */
  override contents(): Record<string, string> {
    const others = /^\/var\/(cache\/|lib\/apt\/lists\/x_)/;
    return Object.fromEntries(Object.entries(super.contents()).filter(([path]) => !others.test(path)));
  }
}

/** A release of a stand-in, which says its version and leaves the rest to the fake program NAME.real. */
function standIn(name: string, version: string) {
  const text = (said: string) =>
    `#!/bin/dash\ncase "$*" in --version) echo "${said}" ;; *) exec ${name}.real "$@" ;; esac\n`;
  if (name === "etcd") {
    const folder = `etcd-v${version}-linux-amd64`;
    const programs = ["etcd", "etcdctl", "etcdutl"].map((program) => [
      `${folder}/${program}`,
      text(`etcd Version: ${version}`),
    ]);
    return releaseArchive(name, version, Object.fromEntries(programs) as Record<string, string>);
  }
  if (name === "crictl") return releaseArchive(name, version, { crictl: text(`crictl version v${version}`) });
  if (name === "coredns") return releaseArchive(name, version, { "": `an image of CoreDNS ${version}` }, "image");
  return releaseArchive(name, version, { "": text(`Kubernetes v${version}`) });
}
