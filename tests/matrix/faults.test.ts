import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { stringify } from "yaml";
import { generateKeyPair } from "../../cloud/machines/identity";
import { useLab } from "./lab";

/** What AWS refuses is said with AWS's own code, and the run after it goes on from there. */
describe("an EC2 that refuses", () => {
  const lab = useLab("refused");

  async function set(...settings: string[]): Promise<{ routesPerTable: number; insufficientCapacity: string[] }> {
    const { code, stdout, stderr } = await lab.state.hardway("cloud", "set", "--json", ...settings);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as { routesPerTable: number; insufficientCapacity: string[] };
  }

  /** Errors of an `up` that has to fail. */
  async function refusal(): Promise<string> {
    const { code, stderr } = await lab.tryUp();
    expect(code, stderr).to.equal(1);
    return stderr;
  }

  let usualRoutes: number;

  it("has no room for the instance type", async () => {
    const { code, stderr } = await lab.state.hardway("cloud", "start");
    expect(code, stderr).to.equal(0);
    const settings = await set("insufficientCapacity=t2.micro");
    expect(settings.insufficientCapacity).to.deep.equal(["t2.micro"]);
    usualRoutes = settings.routesPerTable;

    const said = await refusal();
    // What to change is the type or the zone, and both are named.
    expect(said).to.match(/InsufficientInstanceCapacity: .*t2\.micro.*us-east-1[a-f]/);
    expect(said).to.match(/lab-(server|node-[01]) /);
  });

  it("takes no more routes, once there is room", async () => {
    // The default route and that of one node's pods; the VPC's own does not count here.
    await set("insufficientCapacity=", "routesPerTable=2");
    expect(await refusal()).to.match(/RouteLimitExceeded: .*rtb-[0-9a-f]{17} has 2 of 2/);
    expect((await lab.instance("node-1")).state).to.equal("running");
  });

  it("lets the next up end what was begun, on the same machines", async () => {
    const names = ["server", "node-0", "node-1"];
    const ids = () => Promise.all(names.map(async (name) => (await lab.instance(name)).id));
    const earlier = await ids();
    await set(`routesPerTable=${usualRoutes}`);
    expect((await lab.up()).changed).to.equal(true);
    expect(await ids()).to.deep.equal(earlier);
    expect((await lab.up()).changed).to.equal(false);
  });
});

const filler = "/var/tmp/filler";
/**
 * Leaves root half a MiB: dpkg cannot unpack, the step can still write its log. Most of it takes no space on this computer;
 * what fallocate(1) gets has no room left for the file system's own blocks.
 */
const fillDisk = `free() { set -- $(stat -f -c '%f %S' /) && echo $(($1 * $2)); }
fallocate -l $(($(free) - 67108864)) ${filler}
head -c $(($(free) - 524288)) /dev/zero >${filler}.rest
sync`;

/** The lock is a POSIX one (fcntl(2)), as apt's own is; flock(1) takes another kind. struct flock as on 64-bit Linux. */
const holdAptLock = `cat >/run/hold-apt.pl <<'END'
use Fcntl;
open(my $file, "+>>", "/var/lib/dpkg/lock-frontend") or die $!;
my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLK, $lock) or die $!;
open(my $ready, ">", "/run/hold-apt.ready") or die $!;
close($ready);
sleep;
END
systemd-run --quiet --unit=hold-apt perl /run/hold-apt.pl
for try in $(seq 60); do [ -e /run/hold-apt.ready ] && exit 0; sleep 1; done
systemctl status hold-apt >&2
exit 1`;

/** Faults of a machine itself. Its next handler is a package more, so that the runtime's step has something to install. */
describe("a machine at fault", () => {
  const lab = useLab("faults");
  const handlers: ("runc" | "crun")[] = ["runc", "crun"];

  it("belongs to a lab that is whole", async () => {
    await lab.up();
  });

  it("is told apart from others when it is a host of one's own, and it is said why nobody gets in", async () => {
    const { state } = lab;
    const stranger = generateKeyPair("stranger");
    const privateKeyFile = join(state.directory, "key-stranger");
    writeFileSync(privateKeyFile, stranger.privateKey, { mode: 0o600 });
    const keys = "/etc/ssh/authorized_keys.d";
    await lab.on("node-0", `useradd -m plain && cp ${keys}/admin ${keys}/plain`);
    const { host, port, user, hostKey, privateKeyFile: own } = state.connection("node-0");
    const ssh = { host, port, user, hostKey, privateKeyFile: join(state.labDirectory, own) };
    // Three ways to the same machine, none of which leads in.
    const faults = [
      { ssh: { ...ssh, hostKey: stranger.publicKey }, said: /host key/i },
      { ssh: { ...ssh, privateKeyFile }, said: /authenticat/i },
      { ssh: { ...ssh, user: "plain" }, said: /sudo/ },
    ].map((fault, index) => ({ name: `node-${index}`, address: `10.240.0.${90 + index}`, role: "worker", ...fault }));
    const config = {
      "hardway:target": "hosts",
      "hardway:sshTimeoutSeconds": 15,
      "hardway:hosts": faults.map(({ said: _said, ...fault }) => fault),
    };
    writeFileSync(join(state.checkout, "Pulumi.strangers.yaml"), stringify({ config }));
    const { code, stderr } = await state.run(join(state.checkout, "hardway"), ["up", "--lab", "strangers", "--yes"]);
    expect(code, stderr).to.equal(1);
    for (const { name, said } of faults)
      expect(new RegExp(`lab-reachable-${name} .*\\n(  .*\\n)+`).exec(stderr)?.[0], stderr).to.match(said);
    await lab.on("node-0", `userdel -rf plain; rm ${keys}/plain`);
    const down = await state.run(join(state.checkout, "hardway"), ["down", "--lab", "strangers", "--yes"]);
    expect(down.code, down.stderr).to.equal(0);
  });

  it("has a full disk: the step says so, and is done by the next up when there is room", async () => {
    await lab.on("node-0", fillDisk);
    lab.configure({ nodes: { "node-0": { handlers } } });
    const { code, stderr } = await lab.tryUp();
    expect(code, stderr).to.equal(1);
    expect(stderr)
      .to.contain("lab-runtime-node-0")
      .and.match(/free disk space|enough free space|No space left on device/);

    await lab.on("node-0", `rm ${filler} ${filler}.rest`);
    expect((await lab.up()).changed).to.equal(true);
    expect(await lab.on("node-0", "dpkg --audit; dpkg-query -W -f '${db:Status-Status}' crun")).to.equal("installed");
  });

  it("has a step that is killed halfway, while another program uses apt", async () => {
    await lab.on("node-1", holdAptLock);
    lab.configure({ handlers });
    const run = lab.state.start("up", "--yes");
    // The step has begun to change things and waits for apt: the lock's text names its process.
    const stepPid = `[ -e /var/lib/hardway/30-containerd/pending ] &&
sed -n 's/^30-containerd, pid \\([0-9]*\\),.*/\\1/p' /run/lock/hardway.lock`;
    let pid = "";
    for (const deadline = Date.now() + 600_000; pid === "" && Date.now() < deadline; await sleep(1_000))
      pid = (await lab.tryOn("node-1", stepPid)).stdout.trim();
    expect(pid, run.output()).to.match(/^\d+$/);
    await lab.on("node-1", `kill -KILL ${pid}`);
    const { code, stderr } = await run.done;
    expect(code, stderr).to.equal(1);
    expect(stderr).to.contain("lab-runtime-node-1");
  });

  it("has apt in use by another program: the step waits as long as it may, and names it", async () => {
    const holder = await lab.on("node-1", "systemctl show --property MainPID --value hold-apt");
    const began = Date.now();
    const { code, stderr } = await lab.tryUp();
    expect(code, stderr).to.equal(1);
    expect(stderr).to.contain("lab-runtime-node-1").and.contain(`apt is in use by perl (pid ${holder})`);
    expect(Date.now() - began).to.be.greaterThan(300_000);
  });

  it("is brought to its end by the next up, when the other program is done", async () => {
    await lab.on("node-1", "systemctl stop hold-apt");
    expect((await lab.up()).changed).to.equal(true);
    expect(
      await lab.on(
        "node-1",
        "dpkg --audit; dpkg-query -W -f '${db:Status-Status} ' crun; ls /var/lib/hardway/30-containerd",
      ),
    ).to.match(/^installed (?![^]*\bpending\b)/);
    expect((await lab.up()).changed).to.equal(false);
  });
});
