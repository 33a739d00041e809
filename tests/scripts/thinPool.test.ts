import { expect } from "chai";
import { join } from "node:path";
import { FakeHost } from "./fakeHost";

const program = join(__dirname, "../../scripts/node/host/thin-pool.sh");

describe("thin-pool.sh", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    for (const name of ["meta", "data"]) host.write(`/${name}.img`, "");
    host.program("blockdev", { "--getsz /dev/loop1": "echo 4194304" });
    host.program(
      "losetup",
      { "-n -O NAME -j *": 'grep -s "$5" "$R/loops" | cut -d " " -f 1 || :' },
      {
        "--find --show *": 'loop=/dev/loop$(wc -l <"$R/loops"); echo "$loop $3" >>"$R/loops"; echo "$loop"',
        "-d *": "exit 0",
      },
    );
    host.write("/loops", "");
    host.program(
      "dmsetup",
      {
        "info pool": '[ -e "$R/pool" ]',
        "ls --target thin": "printf 'pool-snap-1\\t(253:3)\\npool2-snap-1\\t(253:9)\\npool-snap-12\\t(253:4)\\n'",
      },
      { "create pool --table *": 'touch "$R/pool"', "remove --retry *": "exit 0" },
    );
  });
  afterEach(() => host.remove());

  const call = (what: string) =>
    host.runText(`exec sh ${program} ${what} pool ${host.path("/meta.img")} ${host.path("/data.img")}`);

  it("makes the pool of two files, once", () => {
    const run = call("start");
    expect(run.stderr).to.equal("");
    expect(run.changes).to.deep.equal([
      ["losetup", "--find", "--show", host.path("/meta.img")],
      ["losetup", "--find", "--show", host.path("/data.img")],
      ["dmsetup", "create", "pool", "--table", "0 4194304 thin-pool /dev/loop0 /dev/loop1 128 16384"],
    ]);
    expect(call("start").changes).to.deep.equal([]);
  });

  it("uses the loop devices that an earlier, failed start made", () => {
    host.write("/loops", `/dev/loop0 ${host.path("/meta.img")}\n/dev/loop1 ${host.path("/data.img")}\n`);
    expect(call("start").changes.map(([name]) => name)).to.deep.equal(["dmsetup"]);
  });

  it("takes its own snapshots, pool and loop devices away, and nobody else's", () => {
    call("start");
    expect(call("stop").changes).to.deep.equal([
      ["dmsetup", "remove", "--retry", "pool-snap-1"],
      ["dmsetup", "remove", "--retry", "pool-snap-12"],
      ["dmsetup", "remove", "--retry", "pool"],
      ["losetup", "-d", "/dev/loop0"],
      ["losetup", "-d", "/dev/loop1"],
    ]);
  });

  it("does not make half a pool when a device cannot be had", () => {
    host.program("losetup", { "-n -O NAME -j *": ":", "--find --show *": "echo 'no free loop device' >&2; exit 1" });
    const run = call("start");
    expect([run.status, run.changes]).to.deep.equal([1, []]);
  });
});
