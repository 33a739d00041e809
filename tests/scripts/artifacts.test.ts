import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { shellQuote } from "../../components/remote/shellQuote";
import { useFileServer } from "../support/fileServer";
import { FakeHost, type Run } from "./fakeHost";
import { aptOptions, fakePackages, recordNew } from "./fakePackages";

const cache = "/var/cache/hardway/artifacts";
const source = (name: string) => readFileSync(join(__dirname, "../../scripts/node", `${name}.sh`), "utf8");
const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
/** What the server gives for every path that ends in `name`. */
const content = (name: string) => Buffer.from(sha256(name).repeat(3125));
const digest = sha256(content("file"));

describe("lib-artifacts.sh", () => {
  const port = useFileServer();
  let host: FakeHost;

  beforeEach(async () => {
    host = new FakeHost();
    host.write("/var/cache/.keep", "");
    await fetch(`http://127.0.0.1:${port()}/__log`, { method: "POST" });
  });
  afterEach(() => host.remove());

  const url = (behaviour: string, name = "file") => `http://127.0.0.1:${port()}/${behaviour}/${name}`;
  const requests = async () =>
    (await (await fetch(`http://127.0.0.1:${port()}/__log`)).json()) as { url: string; range: string | null }[];

  /** Runs shell text with the libraries before it, as the node scripts have it. */
  function run(text: string, variables: Readonly<Record<string, string>> = {}): Run {
    const libraries = ["lib", "lib-own", "lib-packages", "lib-artifacts"].map(source);
    const script = ["set -eu", ...libraries, text].join("\n");
    return host.runText(script, { STEP: "test", DOWNLOAD_PAUSE: "0", DOWNLOAD_STALL: "2", ...variables });
  }
  function get(address: string, sum = digest, variables: Readonly<Record<string, string>> = {}): Run {
    return run(
      `begin\nartifact_get ${shellQuote(address)} ${sum}\nfact file "\${artifact#"$root"}"\nfinish`,
      variables,
    );
  }
  /** The last line of what the step says when it fails. */
  const message = (result: Run) => result.stderr.trimEnd().split("\n").at(-1);
  const free = String.raw`\d+ MiB are free in /var/cache/hardway/artifacts; free disk space or mount it writable`;

  for (const tool of ["curl", "wget"]) {
    describe(`with ${tool}`, () => {
      beforeEach(function () {
        if (!existsSync(`/usr/bin/${tool}`)) this.skip();
        symlinkSync(`/usr/bin/${tool}`, join(host.programs, tool));
      });

      it("downloads a file once, follows redirections, and fetches it again when its bytes are others", async () => {
        const first = get(`${url("redirect")}?key=secret`);
        expect(first.stderr).to.equal("");
        expect(first.told).to.deep.equal(["downloading file"]);
        expect(first.facts()).to.deep.equal({ changed: true, file: `${cache}/${digest}` });
        expect(host.read(`${cache}/${digest}`)).to.equal(content("file").toString());
        expect((await requests()).length).to.equal(2);
        const after = host.tree();
        expect(get(url("good")).facts()).to.deep.equal({ changed: false, file: `${cache}/${digest}` });
        expect(host.tree()).to.deep.equal(after);
        expect((await requests()).length).to.equal(2);
        host.write(`${cache}/${digest}`, "spoilt");
        expect(get(url("good")).facts()).to.deep.equal({ changed: true, file: `${cache}/${digest}` });
        expect(host.read(`${cache}/${digest}`)).to.equal(content("file").toString());
      });

      it("knows SHA-512 too", () => {
        const sum = createHash("sha512").update(content("file")).digest("hex");
        expect(get(url("good"), sum).facts()).to.deep.equal({ changed: true, file: `${cache}/${sum}` });
        expect(message(get(url("good"), sum.replace(/^../, "00")))).to.contain(
          `wanted ${sum.replace(/^../, "00")}; found ${sum} in 200000 bytes`,
        );
      });

      it("goes on where a broken transfer ended", async () => {
        const result = get(url("broken"));
        expect(result.stderr).to.equal("");
        const [first, second, ...more] = await requests();
        expect(more).to.deep.equal([]);
        expect(first?.range).to.equal(null);
        expect(second?.range).to.match(/^bytes=[1-9]\d*-$/);
        expect(host.read(`${cache}/${digest}`)).to.equal(content("file").toString());
      });

      it("goes on with what an earlier run left, and starts anew when that is of another file", async () => {
        host.write(`${cache}/${digest}.part`, content("file").subarray(0, 1234).toString());
        expect(get(url("good")).stderr).to.equal("");
        host.write(`${cache}/${digest}.part`, content("other").subarray(0, 1234).toString());
        host.write(`${cache}/${digest}`, "spoilt");
        expect(get(url("good")).stderr).to.equal("");
        expect((await requests()).map(({ range }) => range)).to.deep.equal(["bytes=1234-", "bytes=1234-", null]);
        expect(host.read(`${cache}/${digest}`)).to.equal(content("file").toString());
      });

      it("starts anew where the server cannot go on in the middle, or the part is too long", () => {
        host.write(`${cache}/${digest}.part`, content("file").subarray(0, 1234).toString());
        expect(get(url("no-range")).stderr).to.equal("");
        host.write(`${cache}/${digest}`, "spoilt");
        host.write(`${cache}/${digest}.part`, content("other").toString() + "more");
        expect(get(url("good")).stderr).to.equal("");
        expect(host.read(`${cache}/${digest}`)).to.equal(content("file").toString());
      });

      it("tries again when the server is busy", async () => {
        expect(get(url("busy")).stderr).to.equal("");
        expect((await requests()).length).to.equal(3);
      });

      const failures: [behaviour: string, message: RegExp, requests: number][] = [
        [
          "404",
          /\/404\/file is not there \(HTTP status 404\); check the version, and the mirror's address where one is set$/,
          1,
        ],
        ["403", /\/403\/file is refused \(HTTP status 403\); check that this host may read it$/, 1],
        [
          "truncated",
          new RegExp(
            `/truncated/file has the wrong checksum; wanted ${digest}; found ${sha256(content("file").subarray(0, 1000))} in 1000 bytes\\. Nothing of it was used\\.`,
          ),
          1,
        ],
        [
          "500",
          /cannot download .*\/500\/file, tried 4 times; .*it goes on at byte 0\. The last error was: HTTP status 500, /,
          4,
        ],
        ["dead", /cannot download .*\/dead\/file, tried 4 times; /, 4],
      ];
      for (const [behaviour, text, count] of failures) {
        it(`says so and uses nothing: ${behaviour}`, async () => {
          const result = get(url(behaviour));
          expect(result.status).to.equal(1);
          expect(message(result)).to.match(text);
          expect((await requests()).length).to.equal(count);
          expect(host.exists(`${cache}/${digest}`)).to.equal(false);
        });
      }

      it("gives a transfer up that stands still", () => {
        const result = get(url("still"), digest, { DOWNLOAD_TRIES: "1", DOWNLOAD_STALL: "1", DOWNLOAD_LIMIT: "3" });
        expect(message(result)).to.match(/cannot download .*\/still\/file, tried 1 times; .*it goes on at byte 100\. /);
        expect(host.read(`${cache}/${digest}.part`)).to.equal(content("file").subarray(0, 100).toString());
      });

      it("says that a server does not answer", () => {
        const result = get("http://127.0.0.1:1/file", digest, { DOWNLOAD_TRIES: "2" });
        expect(message(result)).to.match(
          /cannot download http:\/\/127\.0\.0\.1:1\/file, tried 2 times; .*(refused|connect to server)/,
        );
      });

      it("refuses a file with another checksum and removes it", () => {
        const wanted = "0".repeat(64);
        const result = get(url("good"), wanted);
        expect(message(result)).to.contain(
          `${url("good")} has the wrong checksum; wanted ${wanted}; found ${digest} in 200000 bytes. Nothing of it was used.`,
        );
        expect(Object.keys(host.contents()).filter((path) => path.startsWith(`${cache}/`))).to.deep.equal([]);
      });

      it("says that the disk is full and frees it", () => {
        host.write(`${cache}/.keep`, "");
        host.link(`${cache}/${digest}.part`, "/dev/full");
        const result = get(url("good"));
        expect(message(result)).to.match(new RegExp(`cannot write ${url("good")} to ${cache}/; ${free}$`));
        expect(host.exists(`${cache}/${digest}.part`)).to.equal(false);
      });

      it("uses apt's proxy for the world, and none on a network of one's own", async () => {
        host.program("apt-config", { dump: `echo 'Acquire::http::Proxy "http://127.0.0.1:${port()}/";'` });
        expect(get("http://artifacts.invalid/good/file").stderr).to.equal("");
        expect((await requests()).map((request) => request.url)).to.deep.equal(["http://artifacts.invalid/good/file"]);
        host.write(`${cache}/${digest}`, "spoilt");
        expect(get(url("good")).stderr).to.equal("");
        expect((await requests()).at(-1)?.url).to.equal("/good/file");
      });

      it("uses the proxy that it is told of, and keeps it out of the log", async () => {
        const proxy = `http://me:canary@127.0.0.1:${port()}`;
        expect(get("http://artifacts.invalid/404/file", digest, { DOWNLOAD_PROXY: proxy }).stderr).to.not.contain(
          "canary",
        );
        expect((await requests()).length).to.equal(1);
        expect(host.read("/var/log/hardway/test.log")).to.not.contain("canary");
        const direct = get("http://artifacts.invalid/good/file", digest, {
          DOWNLOAD_PROXY: "none",
          http_proxy: proxy,
          DOWNLOAD_TRIES: "1",
        });
        expect(message(direct)).to.match(/tried 1 times/);
        expect((await requests()).length).to.equal(1);
      });
    });
  }

  it("installs curl where nothing downloads, and certificates for an https address", () => {
    fakePackages(host, {
      curl: { install: `ln -s /usr/bin/curl ${host.programs}/curl` },
      "ca-certificates": { install: 'mkdir -p "$R/etc/ssl/certs"; touch "$R/etc/ssl/certs/ca-certificates.crt"' },
    });
    const result = get("https://127.0.0.1:1/file", digest, { DOWNLOAD_TRIES: "1" });
    expect(message(result)).to.contain("cannot download https://127.0.0.1:1/file");
    expect(result.changes.at(-1)).to.deep.equal([
      "apt-get",
      ...aptOptions,
      ...recordNew,
      "--no-install-recommends",
      "install",
      "curl",
      "ca-certificates",
    ]);
    expect(host.read("/var/lib/hardway/test/packages")).to.equal("ca-certificates\ncurl\n");
  });

  it("refuses what is no checksum before it asks anybody", () => {
    for (const sum of ["''", "abc", digest.toUpperCase(), `${digest}0`])
      expect(message(get(url("good"), sum))).to.match(/the checksum of .* is no SHA-256; found/);
  });

  describe("unpacked", () => {
    const tree = "/opt/hardway/thing/1.0-abc";
    const put = (sum: string, bytes: string) => `printf %s ${shellQuote(bytes)} >"$root${cache}/${sum}"`;
    beforeEach(() => host.write("/opt/.keep", ""));

    /** Puts a file into the cache, as if it had been downloaded, and unpacks it. */
    function unpack(form: string, prepare: string, keep = tree): Run {
      return run(
        `begin\nown_dir ${cache}\nartifact="$root${cache}/x"\n${prepare}\nown_tree ${tree} ${form}\ndrop_artifacts ${keep}\nfinish`,
      );
    }
    const tarball = `mkdir -p "$root/t/bin"; printf one >"$root/t/bin/one"; chmod 755 "$root/t/bin/one"; tar -czf "$artifact" -C "$root/t" .; rm -r "$root/t"`;

    it("is there whole, once, and gone with the step", () => {
      const before = host.contents();
      expect(unpack("tar.gz", tarball).facts()).to.deep.equal({ changed: true });
      expect(host.contents()[`${tree}/bin/one`]).to.equal("755 one");
      const after = host.tree();
      expect(unpack("tar.gz", "rm -f $artifact").facts().changed).to.equal(false);
      delete after[`${cache}/x`];
      expect(Object.keys(host.tree())).to.deep.equal(Object.keys(after));
      const undo = run("begin_undo\ndrop_artifacts\ndisown_all\nfinish_undo");
      expect(undo.stderr).to.equal("");
      expect(host.contents()).to.deep.equal(before);
    });

    it("can be one program", () => {
      expect(unpack("binary prog", `mkdir -p "$root${cache}"; ${put("x", "#!/bin/sh\n")}`).stderr).to.equal("");
      expect(host.contents()[`${tree}/prog`]).to.equal("755 #!/bin/sh\n");
    });

    it("is seen to be changed, and fetched again, also where the program and the download are one file", () => {
      host.program("uname", { "-m": "echo x86_64" });
      const serve = join(host.programs, "curl");
      symlinkSync("/usr/bin/curl", serve);
      const install = () =>
        run('begin\ninstall_artifact thing\nfact folder "$tree"\nfinish', {
          ARTIFACTS: ["amd64", "arm64"]
            .map((arch) => `${arch} thing 1.0 binary:prog ${digest} ${url("good")}`)
            .join("\n"),
        });
      const { folder } = install().facts() as { folder: string };
      expect(host.read(`/var/lib/hardway/test/sums${folder}`)).to.equal(`${digest}  ./prog\n`);
      expect(install().facts().changed).to.equal(false);
      // In place, as an editor may do it.
      appendFileSync(join(host.root, folder, "prog"), "more");
      expect(install().facts().changed).to.equal(true);
      expect(host.read(`${folder}/prog`)).to.equal(content("file").toString());
      expect(install().facts().changed).to.equal(false);
    });

    it("is not there when the archive is none", () => {
      const result = unpack("tar.gz", put("x", "no archive"));
      expect(message(result)).to.match(/cannot unpack .* to \/opt\/hardway\/thing\/1\.0-abc; \d+ MiB are free there; /);
      expect(Object.keys(host.contents()).filter((path) => path.startsWith("/opt/hardway/thing/"))).to.deep.equal([]);
    });

    it("leaves when another one has taken its place", () => {
      unpack("tar.gz", tarball);
      const next = run(
        `begin\nartifact="$root${cache}/x"\nown_tree /opt/hardway/thing/2.0-def binary prog\ndrop_artifacts /opt/hardway/thing/2.0-def\nfinish`,
      );
      expect(next.stderr).to.equal("");
      expect(host.exists(tree)).to.equal(false);
      expect(host.exists("/opt/hardway/thing/2.0-def/prog")).to.equal(true);
    });
  });
});
