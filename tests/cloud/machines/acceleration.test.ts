import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { findAcceleration, type Acceleration } from "../../../cloud/machines/acceleration";

describe("acceleration", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Probes with a QEMU that does this. */
  function probe(behaviour: string, version = "7.2"): Promise<Acceleration> {
    const qemu = path.join(folder, "qemu");
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo "QEMU ${version}"; exit; fi\necho probed >>"${folder}/log"\n${behaviour}\n`;
    writeFileSync(qemu, script);
    chmodSync(qemu, 0o755);
    return findAcceleration({ debian: "amd64", qemu, qemuPackage: "" }, folder, { device: "/dev/null" });
  }
  const probes = (): number => readFileSync(path.join(folder, "log"), "utf8").split("\n").length - 1;

  it("is used when the test program ran to its end", async () => {
    expect(await probe("exit 85")).to.deep.equal({ accelerator: "kvm", reason: "machines run on KVM" });
  });

  it("is not used when QEMU ends in any other way", async () => {
    const slow = "machines are emulated (TCG), which is slow";
    expect(await probe("exit 0", "1")).to.deep.equal({
      accelerator: "tcg",
      reason: `KVM does not work here (its test program did not run): ${slow}`,
    });
    expect(await probe('echo "Could not access KVM kernel module: Permission denied" >&2; exit 1', "2")).to.deep.equal({
      accelerator: "tcg",
      reason: `KVM does not work here (Could not access KVM kernel module: Permission denied): ${slow}`,
    });
  });

  it("is not used when it hangs", async () => {
    const { accelerator, reason } = await probe("exec sleep 60");
    expect(accelerator).to.equal("tcg");
    expect(reason).to.contain("it hangs: no answer within 5 s");
  });

  describe("with the machines' kernel", () => {
    /** Runs the test program, and does this when it is to boot a kernel. */
    async function boot(behaviour: string): Promise<[Acceleration, string]> {
      const qemu = path.join(folder, "qemu");
      const script = `#!/bin/sh\ncase "$*" in --version) echo QEMU 7.2 ;; *-kernel*) echo "$*" >"${folder}/args"; ${behaviour} ;; *) exit 85 ;; esac\n`;
      writeFileSync(qemu, script);
      chmodSync(qemu, 0o755);
      const found = await findAcceleration({ debian: "amd64", qemu, qemuPackage: "" }, folder, {
        device: "/dev/null",
        kernel: "/boot/the-kernel",
      });
      return [found, readFileSync(path.join(folder, "args"), "utf8")];
    }
    const slow = "machines are emulated (TCG), which is slow";

    it("is used when that came to look for a disk", async () => {
      const [found, args] = await boot('echo "[0.4] Kernel panic - not syncing: VFS: Unable to mount root fs"');
      expect(found).to.deep.equal({ accelerator: "kvm", reason: "machines run on KVM" });
      expect(args).to.match(/-accel kvm .* -kernel \/boot\/the-kernel /);
    });

    it("is not used when that did not start", async () => {
      expect((await boot("exit 0"))[0]).to.deep.equal({
        accelerator: "tcg",
        reason: `KVM does not work here (the machines' kernel did not boot with it): ${slow}`,
      });
    });

    it("is not used when it stopped at an instruction", async () => {
      const [found] = await boot('echo "KVM internal error. Suberror: 1" >&2; exec sleep 60');
      expect(found).to.deep.equal({
        accelerator: "tcg",
        reason: `KVM does not work here (the machines' kernel did not boot with it: KVM internal error. Suberror: 1): ${slow}`,
      });
    });

    it("is not used when it hangs", async () => {
      const [found] = await boot("exec sleep 60");
      expect(found).to.deep.equal({
        accelerator: "tcg",
        reason: `KVM does not work here (the machines' kernel did not boot within 20 s): ${slow}`,
      });
    });
  });

  it("is not looked for where there is no device", async () => {
    const qemu = path.join(folder, "qemu");
    writeFileSync(qemu, "#!/bin/sh\necho QEMU 7.2\n");
    chmodSync(qemu, 0o755);
    const found = await findAcceleration({ debian: "amd64", qemu, qemuPackage: "" }, folder, {
      device: path.join(folder, "no-kvm"),
    });
    expect(found).to.deep.equal({
      accelerator: "tcg",
      reason: "no /dev/kvm here: machines are emulated (TCG), which is slow",
    });
  });

  it("is remembered until QEMU changes, and a broken memory is made anew", async () => {
    await probe("exit 85");
    await probe("exit 85");
    expect(probes()).to.equal(1);
    await probe("exit 85", "8.0");
    expect(probes()).to.equal(2);
    writeFileSync(path.join(folder, "acceleration.json"), "{");
    expect((await probe("exit 85", "8.0")).accelerator).to.equal("kvm");
    expect(probes()).to.equal(3);
  });
});
