import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ArtifactName } from "../../components/node/runtime/artifacts/lock";
import type { RuntimeSettings } from "../../components/node/runtime/runtimeSettings";
import { crioArchive, crioSourceArchive, criDockerdArchive, type MadeArchive } from "../standin/archives";
import { FakeHost } from "./fakeHost";
import { fakePackages } from "./fakePackages";
import { fakeUnits } from "./fakeUnits";

/** Where the fake mirror's files are. */
export const mirror = "https://mirror.example.org";

/** CRI-O as a script: it says what its drop-ins say, in the way in which CRI-O prints it. */
const crioProgram = `#!/bin/sh
case "$*" in
--version) echo 'crio version VERSION'; echo '   GitCommit: none' ;;
"status --socket "*" config") cat "$HARDWAY_ROOT/running/crio.conf" ;;
*) echo "crio: $*" >&2; exit 2 ;;
esac
`;
const criDockerdProgram = "#!/bin/sh\necho 'cri-dockerd VERSION (stand-in)'\n";

/** A host on which every runtime can be installed, with a mirror that has archives of CRI-O and cri-dockerd. */
export class FakeRuntimes extends FakeHost {
  private readonly folder = mkdtempSync(join(tmpdir(), "hardway-mirror-"));
  readonly crio: Readonly<Record<"1.36.2" | "1.36.3", MadeArchive>>;
  /** An archive without conmon, runc and crun. */
  readonly crioFromSource: MadeArchive;
  readonly criDockerd: MadeArchive;

  constructor() {
    super();
    const program = (version: string) => ({ text: crioProgram.replace("VERSION", version) });
    const crio = (version: string) => crioArchive(this.folder, version, program(version));
    this.crio = { "1.36.2": crio("1.36.2"), "1.36.3": crio("1.36.3") };
    this.crioFromSource = crioSourceArchive(this.folder, "1.36.4", program("1.36.4"));
    this.criDockerd = criDockerdArchive(this.folder, "0.3.26", {
      text: criDockerdProgram.replace("VERSION", "0.3.26"),
    });
    for (const folder of [
      "/etc/apt/sources.list.d",
      "/opt",
      "/usr/libexec",
      "/usr/bin",
      "/var/cache",
      "/running",
      "/run/netns",
    ])
      this.write(`${folder}/.keep`, "");
    this.link("/var/run", "../run");
    this.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n");
    this.write("/etc/ssl/certs/ca-certificates.crt", "");
    this.packages();
    this.tools();
    this.units();
  }

  override remove(): void {
    super.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** How settings name an archive there, and nothing else. */
  artifact(archive: MadeArchive): Pick<RuntimeSettings, "runtimeVersion" | "runtimeArtifacts"> {
    const [, name, version] = /(cri-o|cri-dockerd)\D*([\d.]*\d)/.exec(basename(archive.file).replace(".amd64", ""))!;
    const url = `${mirror}${archive.file.slice(this.folder.length)}`;
    const added = {
      name: name as ArtifactName,
      version: version!,
      arch: "amd64",
      url,
      sha256: archive.sha256,
    } as const;
    return { runtimeVersion: name === "cri-o" ? version! : "", runtimeArtifacts: [added] };
  }

  private packages(): void {
    const program = (name: string) => `cp "${join(this.programs, name)}.package" "${join(this.programs, name)}"`;
    const unprogram = (name: string) => `rm -f "${join(this.programs, name)}"`;
    const unit = (...units: string[]) =>
      units
        .map(
          (name) =>
            `echo packaged >"$R/lib/systemd/system/${name}"; : >"$R/systemd/enabled/${name}"; systemctl start ${name}`,
        )
        .join("; ");
    const ununit = (...units: string[]) =>
      units
        .map((name) => `rm -f "$R/lib/systemd/system/${name}" "$R/systemd/enabled/${name}" "$R/systemd/active/${name}"`)
        .join("; ");
    const engine = {
      install: `${program("docker")}; mkdir -p "$R/etc/docker" "$R/var/lib/docker"; ${unit("docker.socket", "docker.service")}`,
      purge: `${unprogram("docker")}; ${ununit("docker.service", "docker.socket")}`,
      version: "26.1.5+dfsg1-9",
    };
    const containerd = {
      install: `${program("containerd")}; ${program("ctr")}; ${program("containerd-shim-runc-v2")}; mkdir -p "$R/etc/containerd" "$R/var/lib/containerd"; [ -e "$R/etc/containerd/config.toml" ] || echo 'version = 2' >"$R/etc/containerd/config.toml"; ${unit("containerd.service")}`,
      purge: `${unprogram("containerd")}; ${unprogram("ctr")}; ${unprogram("containerd-shim-runc-v2")}; rm -f "$R/etc/containerd/config.toml"; rmdir "$R/etc/containerd" 2>/dev/null || :; ${ununit("containerd.service")}`,
    };
    this.write("/lib/systemd/system/.keep", "");
    fakePackages(this, {
      "docker.io": { ...engine, depends: ["containerd", "runc"] },
      "docker-ee": engine,
      "docker-ee-cli": {},
      "cri-dockerd": {
        install: `printf '%s\\n' '#!/bin/sh' "echo 'cri-dockerd 0.4.3 (package)'" >"$R/usr/bin/cri-dockerd"; chmod 755 "$R/usr/bin/cri-dockerd"`,
        purge: 'rm "$R/usr/bin/cri-dockerd"',
      },
      containerd,
      "containerd.io": {
        ...containerd,
        install: `${containerd.install}; ${program("runc")}`,
        purge: `${containerd.purge}; ${unprogram("runc")}`,
      },
      runc: { install: program("runc"), purge: unprogram("runc") },
      crun: {
        install: `${program("crun")}; cp "${join(this.programs, "crun.package")}" "$R/usr/bin/crun"`,
        purge: `${unprogram("crun")}; rm "$R/usr/bin/crun"`,
      },
      "cri-o": {
        install: `mkdir -p "$R/usr/libexec/crio" "$R/etc/crio/crio.conf.d"; printf '%s' "${crioProgram.replace("VERSION", "1.36.3").replaceAll(/["$]/g, "\\$&")}" >"${this.programs}/crio"; chmod 755 "${this.programs}/crio"; for p in runc crun conmon; do cp "${this.programs}/runc.package" "$R/usr/libexec/crio/$p"; done; echo '[crio.runtime]' >"$R/etc/crio/crio.conf.d/10-crio.conf"; echo '{}' >"$R/etc/cni/net.d/10-crio-bridge.conflist"; ${unit("crio.service")}`,
        purge: `rm -r "${this.programs}/crio" "$R/usr/libexec/crio" "$R/etc/crio"; rm -f "$R/etc/cni/net.d/10-crio-bridge.conflist"; ${ununit("crio.service")}`,
      },
      conmon: { install: program("conmon"), purge: unprogram("conmon") },
      skopeo: { install: program("skopeo"), purge: unprogram("skopeo") },
      curl: { install: program("curl"), purge: unprogram("curl") },
      iptables: {},
    });
  }

  private tools(): void {
    this.program("sleep", { "*": ":" });
    this.program("uname", { "-r": "echo 6.12.0", "-m": "echo x86_64" });
    this.program("runc.package", { "--version": "echo 'runc version 1.1.15+ds1'" });
    this.program("conmon.package", {});
    this.program("crun.package", { "--version": "echo 'crun version 1.21'" });
    this.program("containerd.package", {
      "--version": "echo containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6",
      "--config * config dump": 'cat "$2"',
    });
    this.program("containerd-shim-runc-v2.package", {});
    this.program("ctr.package", {
      "*--timeout 20s version": '[ -e "$R/systemd/active/containerd.service" ]',
      "*plugins ls":
        'echo "io.containerd.snapshotter.v1 overlayfs linux/amd64 ok"; if grep -q disabled_plugins "$R/running/containerd.toml"; then s=skip; else s=ok; fi; echo "io.containerd.grpc.v1 cri linux/amd64 $s"',
      "*tasks ls -q": 'cat "$R/running/tasks" 2>/dev/null || :',
      "*namespaces ls -q": ":",
    });
    // Says what daemon.json said when Docker was started.
    this.program(
      "docker.package",
      {
        "version --format {{.Server.Version}}": '[ -e "$R/systemd/active/docker.service" ] && echo 26.1.5',
        "info --format {{.LiveRestoreEnabled}}":
          'grep -q \'"live-restore": true\' "$R/running/docker.json" && echo true || echo false',
        "info --format cgroup driver=*": `f=$R/running/docker.json; sed -n 's/.*native.cgroupdriver=\\([a-z]*\\).*/cgroup driver=\\1/p; s/.*"storage-driver": "\\(.*\\)".*/storage driver=\\1/p; s/.*"default-runtime": "\\(.*\\)".*/default handler=\\1/p' "$f"; echo handler=runc; ! grep -q crun "$f" || echo handler=crun`,
        "ps -q --filter *": 'cat "$R/running/pods" 2>/dev/null || :',
        "ps -q": 'cat "$R/running/containers" 2>/dev/null || :',
        "ps -aq": 'cat "$R/running/containers" 2>/dev/null || :',
        "ps --format {{.Names}}": 'cat "$R/running/containers" 2>/dev/null || :',
        "image inspect *": 'shift 2; for image; do grep -qxF "$image" "$R/running/images" || exit 1; done',
      },
      {
        "rm -f *": 'rm -f "$R/running/containers"',
        "load -q -i *":
          'echo "image-of-$(cat "$4"):1" >>"$R/running/images"; echo "Loaded image: image-of-$(cat "$4"):1"',
      },
    );
    // Two images to an archive, as skopeo prints their names.
    this.program(
      "skopeo.package",
      {
        "list-tags docker-archive:*": `f=\${2#docker-archive:}; grep -q . "$f" || { echo 'no manifest.json' >&2; exit 1; }
printf '{\n    "Tags": [\n        "%s/pause:1",\n        "%s/busybox:1"\n    ]\n}\n' "$(cat "$f")" "$(cat "$f")"`,
        "inspect --config --raw containers-storage:*": 'grep -qxF "$4" "$R/running/stored" 2>/dev/null',
      },
      { "--policy * copy -q docker-archive:* containers-storage:*": 'echo "$6" >>"$R/running/stored"' },
    );
    this.program("journalctl", { "-u * -n 20 -o cat --no-pager": 'echo "level=fatal msg=bad of $2"' });
    this.program("curl.package", {
      "-q -sS -f -L *": `while [ $# -gt 1 ]; do case $1 in -o) o=$2 ;; esac; shift; done
f="${this.folder}/\${1#${mirror}/}"; [ -e "$f" ] || { echo 'hardway-status 404'; exit 22; }
cp "$f" "$o"; echo 'hardway-status 200'`,
      "-q -sS --max-time 20 --http2-prior-knowledge --unix-socket *": `socket=$7; while [ $# -gt 1 ]; do case $1 in -o) o=$2 ;; -D) d=$2 ;; esac; shift; done
[ -e "$socket" ] && [ ! -e "$R/running/mute" ] || exit 7
case $socket in *crio.sock) n=cri-o; v=1.36.3 ;; *) n=docker; v=26.1.5 ;; esac
printf 'HTTP/2 200 \\r\\n\\r\\ngrpc-status: 0\\r\\n' >"$d"
case $1 in
*/Version) printf '\\000\\000\\000\\000\\032\\n\\0050.1.0\\022\\005%s\\032\\006%s"\\002v1' "$n" "$v" >"$o" ;;
*/Status) printf '\\n\\020\\n\\014RuntimeReady\\020\\001' >"$o" ;;
esac`,
    });
    // The distribution has curl.
    copyFileSync(join(this.programs, "curl.package"), join(this.programs, "curl"));
    this.write("/dpkg/curl", "");
    this.write("/dpkg/iptables", "");
  }

  private units(): void {
    fakeUnits(this, {
      "containerd.service": {
        start:
          'mkdir -p "$R/run/containerd"; : >"$R/run/containerd/containerd.sock"; cp "$R/etc/containerd/config.toml" "$R/running/containerd.toml"',
        stop: 'rm "$R/running/containerd.toml"',
      },
      "docker.service": {
        start:
          'if grep -q broken "$R/etc/docker/daemon.json" 2>/dev/null; then exit 1; fi; cat "$R/etc/docker/daemon.json" >"$R/running/docker.json" 2>/dev/null || :',
        stop: 'rm "$R/running/docker.json"',
      },
      "cri-docker.socket": { start: ': >"$R/run/cri-dockerd.sock"', stop: 'rm -f "$R/run/cri-dockerd.sock"' },
      "cri-docker.service": {
        start: 'if grep -q broken "$R/etc/systemd/system/cri-docker.service"; then exit 1; fi',
      },
      "crio.service": {
        start: `if grep -q broken "$R"/etc/crio/crio.conf.d/*; then exit 1; fi; mkdir -p "$R/var/run/crio" "$R/var/lib/crio"; : >"$R/var/run/crio/crio.sock"; sed 's/\\[ /[/; s/ \\]/]/; s/^/  /' "$R"/etc/crio/crio.conf.d/* >"$R/running/crio.conf"`,
        stop: 'rm -f "$R/running/crio.conf" "$R/var/run/crio/crio.sock"',
      },
    });
  }
}
