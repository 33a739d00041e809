import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ensureBaseDisk } from "../../../cloud/images/baseDisk";

/** Stands in for mmdebstrap: does what the "download" hooks say, and refuses to be called in another way than it is meant to be. */
const fakeMmdebstrap = `#!/bin/sh
set -eu
echo called >>"$FAKE_LOG"
echo "I: installing essential packages..." >&2
[ -n "$TMPDIR" ] && [ -x "$TMPDIR/customize.sh" ] && [ -f "$TMPDIR/initrd.sh" ] && [ -x "$TMPDIR/nginx.sh" ] || exit 90
mode=
for argument in "$@"; do
    case $argument in
    --mode=unshare) mode=unshare ;;
    --customize-hook=download\\ *) eval "set -- \${argument#--customize-hook=}"; echo content >"$3" ;;
    */root.tar) echo root >"$argument" ;;
    esac
done
[ "$mode" = unshare ] || exit 91
if [ -n "\${FAKE_FAIL:-}" ]; then echo "E: no space left on device" >&2; exit 1; fi
if [ -n "\${FAKE_SLOW:-}" ]; then exec sleep 60; fi
`;
const fakeFakeroot = `#!/bin/sh
set -eu
case $3 in *"mke2fs -q -t ext4"*"-d root result/disk.raw 2G") echo disk >result/disk.raw ;; *) exit 92 ;; esac
`;

const apt = { mirror: "http://mirror.test/debian", options: [] };

describe("base disk", () => {
  let folder: string;
  let cacheDirectory: string;
  const changed = ["PATH", "TMPDIR", "FAKE_LOG", "FAKE_FAIL", "FAKE_SLOW"] as const;
  const before = Object.fromEntries(changed.map((name) => [name, process.env[name]]));
  const images = (): string[] => readdirSync(path.join(cacheDirectory, "images")).sort();
  const calls = (): number =>
    existsSync(process.env.FAKE_LOG!) ? readFileSync(process.env.FAKE_LOG!, "utf8").split("\n").length - 1 : 0;
  const temporaryFolders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("hardway-build-"));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    cacheDirectory = path.join(folder, "it's a cache");
    const bin = path.join(folder, "bin");
    mkdirSync(bin);
    for (const [name, text] of Object.entries({ mmdebstrap: fakeMmdebstrap, fakeroot: fakeFakeroot })) {
      writeFileSync(path.join(bin, name), text);
      chmodSync(path.join(bin, name), 0o755);
    }
    process.env.PATH = `${bin}:${process.env.PATH}`;
    process.env.FAKE_LOG = path.join(folder, "log");
    process.env.TMPDIR = path.join(folder, "tmp");
    mkdirSync(process.env.TMPDIR);
  });

  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  it("is built once, in one piece, and found from then on", async () => {
    const texts: string[] = [];
    const disk = await ensureBaseDisk({ apt, cacheDirectory, onProgress: ({ text }) => texts.push(text) });
    expect(images()).to.deep.equal([disk.id]);
    expect(disk.disk).to.equal(path.join(cacheDirectory, "images", disk.id, "disk.raw"));
    for (const file of [disk.disk, disk.kernel, disk.initrd]) expect(existsSync(file), file).to.be.true;
    expect(texts).to.include("base disk: installing essential packages");
    expect(await ensureBaseDisk({ apt, cacheDirectory })).to.deep.equal(disk);
    expect(calls()).to.equal(1);
    expect(temporaryFolders()).to.deep.equal([]);
  });

  it("cannot be written to any more, nor read by others where a proxy's password is on it", async () => {
    const mode = async (options: string[]): Promise<string> => {
      const { disk } = await ensureBaseDisk({ apt: { ...apt, options }, cacheDirectory });
      return (statSync(disk).mode & 0o777).toString(8);
    };
    expect(await mode([])).to.equal("444");
    expect(await mode(['Acquire::http::Proxy "http://user:secret@proxy.test:3142";'])).to.equal("400");
  });

  it("is built once by two who want it at the same time", async () => {
    const [one, two] = await Promise.all([
      ensureBaseDisk({ apt, cacheDirectory }),
      ensureBaseDisk({ apt, cacheDirectory }),
    ]);
    expect(one).to.deep.equal(two);
    expect(calls()).to.equal(1);
  });

  it("leaves nothing after a failure, and says what the tool said", async () => {
    process.env.FAKE_FAIL = "1";
    const error = await ensureBaseDisk({ apt, cacheDirectory }).catch((reason: unknown) => reason as Error);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message)
      .to.contain("mmdebstrap failed: exit status 1")
      .and.to.contain("E: no space left on device");
    expect(images()).to.deep.equal([]);
    expect(temporaryFolders()).to.deep.equal([]);
  });

  it("leaves nothing after an interruption", async () => {
    process.env.FAKE_SLOW = "1";
    const controller = new AbortController();
    const build = ensureBaseDisk({
      apt,
      cacheDirectory,
      signal: controller.signal,
      onProgress: ({ text }) => text.includes("installing") && controller.abort(),
    });
    const error = await build.catch((reason: unknown) => reason as Error);
    expect((error as Error).message).to.contain("it was interrupted");
    expect(images()).to.deep.equal([]);
    expect(temporaryFolders()).to.deep.equal([]);
  });

  it("cleans up after a build that was killed, and does not take it for a disk", async () => {
    const leftover = path.join(cacheDirectory, "images", ".build-0badcafe");
    const temporary = path.join(process.env.TMPDIR!, "hardway-build-abc");
    mkdirSync(path.join(leftover, "result"), { recursive: true });
    mkdirSync(temporary);
    writeFileSync(path.join(leftover, "temporary"), temporary);
    writeFileSync(path.join(leftover, "result", "disk.raw"), "half");
    const disk = await ensureBaseDisk({ apt, cacheDirectory });
    expect(images()).to.deep.equal([disk.id]);
    expect(existsSync(temporary)).to.be.false;
    expect(readFileSync(disk.disk, "utf8")).to.equal("disk\n");
  });
});
