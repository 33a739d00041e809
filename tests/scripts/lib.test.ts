import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { FakeHost } from "./fakeHost";
import { aptOptions, fakePackages, purge, updateOwn } from "./fakePackages";

const read = (name: string) => readFileSync(join(__dirname, "..", "..", "scripts", "node", name), "utf8");
const lib = `set -eu\n${read("lib.sh")}\n${read("lib-own.sh")}`;
const packages = `${lib}\n${read("lib-packages.sh")}\n${read("lib-purge.sh")}`;

describe("lib.sh and lib-own.sh", () => {
  let host: FakeHost;
  beforeEach(() => (host = new FakeHost()));
  afterEach(() => host.remove());

  const run = (text: string, variables: Record<string, string> = {}) =>
    host.runText(`${lib}\n${text}`, { STEP: "99-test", ...variables });

  it("writes any value as JSON that reads back the same", () => {
    const values = fc.string({ unit: fc.constantFrom(..."ab '\"\\$`\n\t\r;&|*?!#%{}[]é€😀"), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 20, maxLength: 20 }), (texts) => {
        const variables = Object.fromEntries(texts.map((text, index) => [`V${index}`, text]));
        const facts = texts.map((_, index) => `fact v${index} "$V${index}"`).join("\n");
        const { stdout } = run(`${facts}\nprintf '{%s}\\n' "\${facts#,}"`, variables);
        expect(JSON.parse(stdout)).to.deep.equal(Object.fromEntries(texts.map((text, index) => [`v${index}`, text])));
      }),
      { numRuns: 10 },
    );
  });

  it("brings files, links, modes and folders back exactly, also when undo is cut off halfway", () => {
    host.write("/etc/a/file", "old\n", 0o604);
    host.link("/etc/a/link", "../somewhere");
    const before = host.contents();
    const own = `begin
own_file /etc/a/file 0600 "new"
own_file /etc/a/link 0644 "a file now"
own_file "/etc/b/c/it's new \\$(x)" 0644 "$TEXT"
own_link /etc/b/l /dev/null
finish`;
    const text = "line 1\n'\"$(x)`y`\\n\n\n";
    expect(run(own, { TEXT: text }).stdout).to.equal('{"changed":true}\n');
    expect(host.read("/etc/b/c/it's new $(x)")).to.equal(text);
    expect(host.tree()["/etc/a/file"]).to.match(/^600 .* new$/);
    const after = host.tree();
    expect(run(own, { TEXT: text }).stdout).to.equal('{"changed":false}\n');
    expect(host.tree()).to.deep.equal(after);

    expect(run("begin_undo\ndisown_file /etc/a/file\nkill -KILL $$").status).to.not.equal(0);
    expect(run("begin_undo\ndisown_all\nfinish_undo").stdout).to.equal('{"changed":true}\n');
    expect(host.contents()).to.deep.equal(before);
    expect(run("begin_undo\ndisown_all\nfinish_undo").stdout).to.equal('{"changed":false}\n');
    expect(host.exists("/var/log/hardway")).to.equal(false);
  });

  it("says that a file is immutable, leaves nothing beside it, and can undo all the same", () => {
    host.write("/etc/a/file", "old\n", 0o604);
    host.link("/etc/a/link", "somewhere");
    host.write("/etc/fstab", "old\n");
    const before = host.contents();
    // As chattr +i has it: no rename over it, no removal.
    const refuse = (name: string) => `echo "${name}: cannot move: Operation not permitted" >&2; exit 1`;
    const real = (name: string) => `exec /bin/${name} "$@"`;
    host.program("mv", {
      [`-fT * ${host.path("/etc/a/file")}`]: refuse("mv"),
      [`-fT * ${host.path("/etc/a/link")}`]: refuse("mv"),
      [`-fT * ${host.path("/etc/fstab")}`]: refuse("mv"),
      "*": real("mv"),
    });
    host.program("lsattr", { "-d *": 'echo "----i---------e------- $2"' });
    const message = (path: string) =>
      `hardway: 99-test: cannot write ${path}: ${path} is immutable or append-only (lsattr -d), so not even root can change it. If that may be, take it off: chattr -ia ${path}\n`;
    for (const [path, text] of [
      ["/etc/a/file", "own_file /etc/a/file 0600 new"],
      ["/etc/a/link", "own_link /etc/a/link /dev/null"],
      ["/etc/fstab", `${read("lib-kernel.sh")}\nedit_fstab s/old/new/`],
    ] as const) {
      const refused = run(`begin\n${text}\nfinish`);
      expect(refused.status).to.equal(1);
      expect(refused.stderr).to.contain(message(path));
      expect(Object.keys(host.contents()).filter((name) => name.endsWith(".hardway-new"))).to.deep.equal([]);
    }
    expect(host.read("/etc/a/file")).to.equal("old\n");
    expect(run("begin_undo\ndisown_file /etc/a/file\nfinish_undo").status).to.equal(0);
    expect(host.contents()).to.deep.equal(before);
  });

  it("leaves nothing beside a file that could not be written", () => {
    host.program("sync", { "*": "echo 'sync: error: No space left on device' >&2; exit 1" });
    const failed = run("begin\nown_file /etc/new 0644 text\nfinish");
    expect(failed.stderr).to.contain("No space left on device");
    expect(failed.stderr).to.contain(
      "cannot write /etc/new; see the lines above, free disk space or mount it writable",
    );
    expect(Object.keys(host.contents()).filter((name) => name.endsWith(".hardway-new"))).to.deep.equal([]);
  });

  it("keeps a folder of ours that somebody else uses by now", () => {
    run("begin\nown_file /etc/d/ours 0644 x\nfinish");
    host.write("/etc/d/theirs", "y");
    run("begin_undo\ndisown_all\nfinish_undo");
    expect(host.read("/etc/d/theirs")).to.equal("y");
    expect(host.exists("/etc/d/ours")).to.equal(false);
  });

  it("leaves a file alone that held the same before us", () => {
    host.write("/etc/same", "text");
    expect(run("begin\nown_file /etc/same 0644 text\nfinish").stdout).to.equal('{"changed":false}\n');
    run("begin_undo\ndisown_all\nfinish_undo");
    expect(host.read("/etc/same")).to.equal("text");
  });

  it("keeps the first of several versions of a file for undo", () => {
    host.write("/etc/f", "first");
    for (const text of ["second", "third"]) run(`begin\nown_file /etc/f 0644 ${text}\nfinish`);
    run("begin_undo\ndisown_all\nfinish_undo");
    expect(host.read("/etc/f")).to.equal("first");
  });

  it("knows the next time that a run was cut off", () => {
    expect(run("begin\nown_file /etc/f 0644 x\nkill -KILL $$").status).to.not.equal(0);
    expect(run("begin\nown_file /etc/f 0644 x\nfinish").stdout).to.equal('{"changed":true}\n');
    expect(run("begin\nown_file /etc/f 0644 x\nfinish").stdout).to.equal('{"changed":false}\n');
  });

  it("refuses a path with a line break or without a root, and a folder in the way", () => {
    expect(run(`begin\nown_file "/etc/a\nb" 0644 x`).stderr).to.contain("has a line break in it");
    expect(run("begin\nown_file etc/a 0644 x").stderr).to.contain("hardway: 99-test: the path etc/a is not absolute");
    host.write("/etc/dir/f", "");
    expect(run("begin\nown_file /etc/dir 0644 x").stderr).to.contain("/etc/dir is a folder where a file is needed");
  });

  it("says what failed, with the end of the log, in less than 4 KiB", () => {
    const failed = run(
      'begin\ni=0; while [ $i -lt 300 ]; do echo "line $i xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; i=$((i+1)); done\nrun ls /nowhere',
    );
    expect(failed.status).to.equal(2);
    expect(failed.stdout).to.equal("");
    expect(failed.stderr.length).to.be.below(4096);
    expect(failed.stderr).to.contain("line 299").and.to.contain("ls: cannot access '/nowhere'");
    expect(failed.stderr.trimEnd().split("\n").at(-1)).to.match(
      /^hardway: 99-test: stopped with status 2 after: ls \/nowhere; run it again/,
    );
    const long = run(`begin\ndie "${"y".repeat(9000)}"`);
    expect(long.stderr.length).to.be.below(4096);
    expect(host.read("/var/log/hardway/99-test.log")).to.contain("line 0 ");
  });

  it("shows nothing of an earlier run's log", () => {
    run("begin\necho earlier\nfinish");
    expect(run("begin\nfalse").stderr).to.not.contain("earlier");
  });

  it("keeps the log and its state from other users", () => {
    run("begin\nown_file /etc/f 0644 x\nfinish");
    const tree = host.contents();
    expect(tree["/var/lib/hardway"]).to.equal("folder 700");
    expect(tree["/etc/f"]).to.equal("644 x");
  });

  it("needs root", () => {
    host.program("id", { "-u": "echo 1000", "-un": "echo admin" });
    expect(run("begin").stderr).to.equal("hardway: 99-test: needs root; found user admin. Send it through sudo -n\n");
  });

  it("waits for another step on the host, to a bound, and names it", async () => {
    const env = { PATH: host.programs, HARDWAY_ROOT: host.root, STEP: "30-other" };
    const holder = spawn("/bin/dash", ["-c", `${lib}\nbegin\nexec sleep 20`], { env });
    try {
      for (
        let tries = 0;
        !host.exists("/run/lock/hardway.lock") || host.read("/run/lock/hardway.lock") === "";
        tries++
      ) {
        expect(tries).to.be.below(200);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const refused = run("begin", { LOCK_WAIT: "1" });
      expect(refused.status).to.equal(1);
      expect(refused.stderr).to.match(
        new RegExp(
          `^hardway: 99-test: another hardway step has held /run/lock/hardway\\.lock for 1 s: 30-other, pid ${holder.pid}, since .*\\. Wait for it`,
        ),
      );
      expect(refused.told).to.deep.equal([`waiting for another step: ${host.read("/run/lock/hardway.lock").trim()}`]);
    } finally {
      holder.kill();
      await once(holder, "exit");
    }
    const next = run("begin\nfinish", { LOCK_WAIT: "1" });
    expect([next.status, ...next.told]).to.deep.equal([0]);
  });

  it("says what takes its time to whoever watches, and goes on when nobody does", () => {
    const script = 'begin\ntell "reading  a * b"\nfinish';
    const told = run(script);
    expect(told.told).to.deep.equal(["reading  a * b"]);
    expect(told.facts()).to.deep.equal({ changed: false });
    expect(host.read("/var/log/hardway/99-test.log")).to.not.contain("reading");
    const alone = script.replace("tell", "sleep 0.2\ntell");
    host.runText(`( ${lib}\n${alone}\n) 2>&1 >"$HARDWAY_ROOT/facts" | :`, { STEP: "99-test" });
    expect(host.read("/facts")).to.equal('{"changed":false}\n');
  });

  it("says that a signal stopped it", async () => {
    const env = { PATH: host.programs, HARDWAY_ROOT: host.root, STEP: "99-test" };
    const child = spawn("/bin/dash", ["-c", `${lib}\nbegin\necho ready >&4\nwhile :; do sleep 0.1; done`], { env });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    await once(child.stderr, "data");
    child.kill("SIGTERM");
    expect((await once(child, "close"))[0]).to.equal(1);
    expect(said).to.contain("hardway: 99-test: was stopped by a signal, most likely its time limit");
  });
});

describe("lib-packages.sh", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    fakePackages(host, Object.fromEntries(["one", "two", ..."abcdefgh"].map((name) => [name, {}])));
  });
  afterEach(() => host.remove());

  const run = (text: string, variables: Record<string, string> = {}) =>
    host.runText(`${packages}\n${text}`, { STEP: "99-test", ...variables });

  it("installs what is missing and purges only that", () => {
    host.write("/dpkg/one", "");
    const install = run("begin\napt_install one two\nfinish");
    expect(install.changes.map((call) => call.slice(-2))).to.deep.equal([
      ["Dpkg::Use-Pty=0", "update"],
      ["install", "two"],
    ]);
    // libc6, which was upgraded on the way, is not ours.
    expect(host.read("/var/lib/hardway/99-test/packages")).to.equal("two\n");
    expect(run("begin\napt_install one two\nfinish").changes).to.deep.equal([]);
    const undo = run("begin_undo\napt_purge_own\nfinish_undo");
    expect(undo.changes).to.deep.equal([purge("two")]);
    expect(host.exists("/dpkg/one")).to.equal(true);
  });

  describe("purges but what others need by now:", () => {
    // Ours are a to f; what others depend on and provide, and what goes then.
    const cases: [why: string, others: Record<string, string>, gone: string][] = [
      ["nothing", { theirs: "libc6" }, "a b c d e f"],
      ["one", { theirs: "c" }, "a b d e f"],
      ["one for another of those", { theirs: "c", b: "d", c: "d (>= 2), e:any" }, "a b f"],
      ["the first of two that would do", { theirs: "b | c" }, "a c d e f"],
      ["none of two where a third would do that stays", { theirs: "b | c | libc6" }, "a b c d e f"],
      ["one by a name that it provides", { theirs: "virtual", b: "\nother, virtual (= 1)" }, "a c d e f"],
      ["none by a name that one provides that stays", { theirs: "virtual\nvirtual", b: "\nvirtual" }, "a b c d e f"],
      ["one by its version, where one that stays only provides the name", { theirs: "b (>= 2)\nb" }, "a c d e f"],
      ["one that must be there before", { theirs: ", c [amd64]" }, "a b d e f"],
      ["some that need each other", { a: "b", b: "a" }, "a b c d e f"],
    ];
    for (const [why, others, gone] of cases)
      it(why, () => {
        run("begin\napt_install a b c d e f\nfinish");
        for (const [name, needs] of Object.entries(others)) host.write(`/dpkg/${name}`, `${needs}\n`);
        expect(run("begin_undo\napt_purge_own\nfinish_undo").changes).to.deep.equal([purge(...gone.split(" "))]);
      });

    it("all", () => {
      run("begin\napt_install a\nfinish");
      host.write("/dpkg/theirs", "a\n");
      expect(run("begin_undo\napt_purge_own\nfinish_undo").changes).to.deep.equal([]);
    });
  });

  it("passes what another step asked for to that step, with what it needs, and that goes with it", () => {
    const step = (STEP: string, text: string) => run(text, { STEP });
    // Both ask for two, which needs a.
    step("98-ours", "begin\napt_install one two a\nfinish");
    step("99-theirs", "begin\napt_install two b\nfinish");
    host.write("/dpkg/two", "a\n");
    expect(step("98-ours", "begin_undo\napt_purge_own\nfinish_undo").changes).to.deep.equal([purge("one")]);
    expect(step("99-theirs", "begin\napt_install two b\nfinish").changes).to.deep.equal([]);
    expect(step("99-theirs", "begin_undo\napt_purge_own\nfinish_undo").changes).to.deep.equal([purge("a", "b", "two")]);
  });

  describe("brings along what a later step will ask for", () => {
    const step = (STEP: string, text: string, ALONG = "") => run(text, { STEP, ALONG });
    const undo = "begin_undo\napt_purge_own\nfinish_undo";

    beforeEach(() => {
      rmSync(host.path("/dpkg"), { recursive: true });
      // one needs a; two, for the later step, needs b.
      fakePackages(host, { one: { depends: ["a"] }, a: {}, two: { depends: ["b"] }, b: {}, three: {} });
      const first = step("98-early", "begin\napt_install one\nfinish", "two three");
      expect(first.changes.map((call) => call.slice(-3))).to.deep.equal([
        [...aptOptions.slice(-2), "update"],
        ["one", "two", "three"],
      ]);
      expect(step("98-early", "begin\napt_install one\nfinish", "two three").changes).to.deep.equal([]);
      for (let round = 1; round <= 2; round++)
        expect(step("99-late", "begin\napt_install two three\nfinish").changes).to.deep.equal([]);
    });

    it("that goes with that step, with what it needs", () => {
      expect(step("99-late", undo).changes).to.deep.equal([purge("b", "three", "two")]);
      expect(step("98-early", undo).changes).to.deep.equal([purge("a", "one")]);
    });

    it("that stays for that step where the earlier one goes first", () => {
      host.write("/dpkg/two", "b\n");
      expect(step("98-early", undo).changes).to.deep.equal([purge("a", "one")]);
      // Somebody's own by now.
      host.write("/dpkg/one", "");
      expect(step("99-late", undo).changes).to.deep.equal([purge("b", "three", "two")]);
    });

    it("and goes with the earlier step where the later one never came", () => {
      rmSync(host.path("/var/lib/hardway/99-late"), { recursive: true });
      expect(step("98-early", undo).changes).to.deep.equal([purge("a", "b", "one", "three", "two")]);
    });
  });

  it("installs what it needs itself where what would come along cannot be had", () => {
    const install = run("begin\napt_install one\nfinish", { ALONG: "nowhere two" });
    expect(install.stderr).to.equal("");
    expect(install.changes.map((call) => call.at(-1))).to.deep.equal(["update", "two", "one"]);
    expect(host.exists("/dpkg/one")).to.equal(true);
    expect(host.exists("/dpkg/two")).to.equal(false);
  });

  it("runs apt for nothing that would only come along", () => {
    host.write("/dpkg/one", "");
    expect(run("begin\napt_install one\nfinish", { ALONG: "two" }).changes).to.deep.equal([]);
  });

  it("mends an interrupted dpkg first, and asks for no lists that are fresh", () => {
    host.write("/dpkg-audit", "half configured");
    host.write("/var/lib/apt/lists/x_Packages", "");
    const install = run("begin\napt_install one\nfinish");
    expect(install.changes.map((call) => call.slice(0, 2))).to.deep.equal([
      ["dpkg", "--configure"],
      ["apt-get", "-y"],
    ]);
    expect(install.told).to.deep.equal(["installing one"]);
    expect(install.changes[1]?.slice(-2)).to.deep.equal(["install", "one"]);
  });

  it("refreshes the lists and tries again when an install fails", () => {
    host.write("/var/lib/apt/lists/x_Packages", "");
    rmSync(join(host.programs, "apt-get"));
    host.program(
      "apt-get",
      {},
      { "-y * update": 'touch "$R/updated"', "-y * install one": '[ -e "$R/updated" ] && printf x >"$R/dpkg/one"' },
    );
    const install = run("begin\napt_install one\nfinish");
    expect(install.changes.map((call) => call.at(-1))).to.deep.equal(["one", "update", "one"]);
    expect(install.status).to.equal(0);
  });

  describe("beside a repository that cannot be read", () => {
    const dead = "The repository 'http://gone.example x Release' does not have a Release file.";

    /** @param install what apt-get install does */
    function brokenApt(install: string): void {
      rmSync(join(host.programs, "apt-get"));
      host.program("apt-get", {}, { "-y * update": `echo "E: ${dead}"; exit 100`, "-y * install one": install });
    }

    it("installs what the others have", () => {
      brokenApt('printf x >"$R/dpkg/one"');
      const install = run("begin\napt_install one\nfinish");
      expect([install.status, install.stderr]).to.deep.equal([0, ""]);
      expect(install.changes.map((call) => call.at(-1))).to.deep.equal(["update", "one"]);
    });

    it("names it where that is not enough", () => {
      brokenApt('echo "W: of no matter"; echo "E: Unable to locate package one"; exit 100');
      expect(run("begin\napt_install one\nfinish").stderr).to.contain(
        "hardway: 99-test: could not install one; check the host's package mirror, network and free disk space. apt says:\n" +
          "- Unable to locate package one\nthese repositories could not be read; mend or remove them where they are what is " +
          `missing:\n- ${dead}\n`,
      );
    });

    it("adds one of ours, which is read alone, and says what is the matter with that", () => {
      const add = `${packages}\n${read("lib-repositories.sh")}\nbegin\nown_repositories\nfinish`;
      const variables = { STEP: "99-test", REPOSITORIES: "Types: deb\n" };
      host.program("apt-get", {}, { "-y * update": "exit 0" });
      const added = host.runText(add, variables);
      expect(added.changes).to.deep.equal([["apt-get", ...aptOptions, "update"], updateOwn(host, "99-test")]);
      host.program("apt-get", {}, { "-y * update": `echo "E: ${dead}"; exit 100` });
      expect(host.runText(add, { ...variables, REPOSITORIES: "Types: other\n" }).stderr)
        .to.contain(
          "the repositories of /etc/apt/sources.list.d/hardway-99-test.sources cannot be read; check their addresses",
        )
        .and.to.contain(`apt says:\n- ${dead}\n`);
    });
  });

  it("says which packages are on hold", () => {
    host.write("/var/lib/apt/lists/x_Packages", "");
    rmSync(join(host.programs, "apt-get"));
    const held = "Held packages were changed and -y was used without --allow-change-held-packages.";
    host.program("apt-get", {}, { "-y * update": "exit 0", "-y * install one": `echo "E: ${held}"; exit 100` });
    host.program("apt-mark", { showhold: "echo one" });
    expect(run("begin\napt_install one\nfinish").stderr).to.contain(
      `could not install one; these are on hold: one . Take them off it (apt-mark unhold NAME), or install what is missing yourself. apt says:\n- ${held}\n`,
    );
  });

  it("waits for whoever holds apt's lock, to a bound, and names it", () => {
    host.write("/var/lib/dpkg/lock-frontend", "");
    const inode = /\d+/.exec(host.runText('stat -c %i "$HARDWAY_ROOT/var/lib/dpkg/lock-frontend"').stdout)?.[0];
    host.write("/proc/locks", `1: POSIX  ADVISORY  WRITE 4711 fe:01:${inode} 0 EOF\n`);
    host.write("/proc/4711/comm", "unattended-upgr\n");
    const refused = run("begin\napt_install one", { APT_WAIT: "2" });
    expect(refused.stderr).to.contain(
      "hardway: 99-test: apt is in use by unattended-upgr (pid 4711) since more than 2 s; let it end, then run again",
    );
    expect(refused.told).to.deep.equal(["waiting for apt, which is in use by unattended-upgr (pid 4711)"]);
    expect(refused.changes).to.deep.equal([]);
  });
});
