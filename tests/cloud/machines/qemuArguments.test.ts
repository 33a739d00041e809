import { expect } from "chai";
import { machineFiles } from "../../../cloud/machines/files";
import { folderOfQemu, qemuArguments, type QemuInput } from "../../../cloud/machines/qemuArguments";
import { hostArchitecture } from "../../../cloud/packages";

const folder = "/cloud/a,b/instances/i-1";
const input: QemuInput = {
  architecture: hostArchitecture("x64"),
  accelerator: "tcg",
  name: "node-0",
  machineId: "0123456789ab4def8123456789abcdef",
  mac: "02:00:0a:f0:00:50",
  memoryMiB: 1024,
  cores: 2,
  kernel: "/cache/kernel",
  initrd: "/cache/initrd",
  files: machineFiles(folder),
  ssh: { host: "127.77.0.80", port: 2222 },
  dataDisks: [],
  guarded: true,
  credentials: ["system.hostname", "tmpfiles.extra"],
};

const doubled = "/cloud/a,,b/instances/i-1";
const golden = `-name guest=node-0
-nodefaults -no-user-config -display none
-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
-pidfile /cloud/a,b/instances/i-1/qemu.pid
-M pc
-accel tcg,thread=multi,tb-size=512
-cpu max,-avx,-avx2,-fma,-f16c,-vaes,-vpclmulqdq
-m 1024 -smp 2
-uuid 01234567-89ab-4def-8123-456789abcdef
-kernel /cache/kernel -initrd /cache/initrd
-append console=ttyS0 quiet panic=-1 net.ifnames=0 mitigations=off systemd.machine_id=0123456789ab4def8123456789abcdef no_timer_check clearcpuid=cx16 norandmaps lsm=landlock,lockdown,yama,loadpin,safesetid,integrity,apparmor,selinux,smack,tomoyo,ipe systemd.ssh_auto=no
-drive if=none,id=root,format=qcow2,cache=unsafe,discard=unmap,file=${doubled}/disk.qcow2
-device virtio-blk-pci,drive=root
-netdev user,id=management,ipv6=off,hostfwd=tcp:127.77.0.80:2222-:22
-device virtio-net-pci,netdev=management,romfile=,mac=02:87:49:fb:4b:8d
-chardev socket,id=guest-out,server=on,wait=off,path=${doubled}/out.sock
-chardev socket,id=guest-in,server=on,wait=off,path=${doubled}/in.sock
-object filter-redirector,id=guard,netdev=management,queue=rx,outdev=guest-out,indev=guest-in
-netdev stream,id=vpc,server=on,addr.type=unix,addr.path=${doubled}/vpc.sock
-device virtio-net-pci,netdev=vpc,romfile=,mac=02:00:0a:f0:00:50
-device virtio-rng-pci
-chardev socket,id=console,server=on,wait=off,path=${doubled}/console.sock,logfile=${doubled}/console.log
-serial chardev:console
-chardev socket,id=qmp,server=on,wait=off,path=${doubled}/qmp.sock
-mon chardev=qmp,mode=control
-fw_cfg name=opt/io.systemd.credentials/system.hostname,file=${doubled}/credentials/system.hostname
-fw_cfg name=opt/io.systemd.credentials/tmpfiles.extra,file=${doubled}/credentials/tmpfiles.extra`;

/** One option with its value a line, as a person writes it. */
function lines(args: readonly string[]): string {
  const together = new Set(["-no-user-config", "-display", "-smp", "-initrd"]);
  return args.reduce(
    (text, arg) => text + (text === "" ? "" : arg.startsWith("-") && !together.has(arg) ? "\n" : " ") + arg,
    "",
  );
}

describe("QEMU's arguments", () => {
  it("are these for an emulated PC", () => {
    expect(lines(qemuArguments(input))).to.equal(golden);
  });

  it("lead to no SSH of a machine without a public address", () => {
    expect(lines(qemuArguments({ ...input, ssh: undefined }))).to.equal(
      golden.replace(",hostfwd=tcp:127.77.0.80:2222-:22", ""),
    );
  });

  it("lead straight into the user network where nobody guards it", () => {
    const guard = /-chardev socket,id=guest-out.*\n-chardev socket,id=guest-in.*\n-object filter-redirector.*\n/;
    expect(lines(qemuArguments({ ...input, guarded: false }))).to.equal(golden.replace(guard, ""));
  });

  it("name the machine's folder, by which its process is found", () => {
    expect(folderOfQemu(["qemu", ...qemuArguments(input)])).to.equal(folder);
    expect(folderOfQemu(["qemu", "-M", "pc"])).to.be.undefined;
  });

  it("have disks besides the root after it, so that the root stays the first", () => {
    const dataDisks = [{ serial: "vol0123", file: machineFiles(folder).dataDisk("vol0123") }];
    const root = "-device virtio-blk-pci,drive=root\n";
    const data =
      `-drive if=none,id=data0,format=qcow2,cache=unsafe,discard=unmap,file=${doubled}/vol0123.qcow2\n` +
      "-device virtio-blk-pci,drive=data0,serial=vol0123\n";
    expect(lines(qemuArguments({ ...input, dataDisks }))).to.equal(golden.replace(root, root + data));
  });

  it("use the real processor where there is acceleration", () => {
    const expected = golden
      .replace(
        "-accel tcg,thread=multi,tb-size=512\n-cpu max,-avx,-avx2,-fma,-f16c,-vaes,-vpclmulqdq",
        "-accel kvm\n-cpu host",
      )
      .replace(
        " no_timer_check clearcpuid=cx16 norandmaps lsm=landlock,lockdown,yama,loadpin,safesetid,integrity,apparmor,selinux,smack,tomoyo,ipe",
        "",
      );
    expect(lines(qemuArguments({ ...input, accelerator: "kvm" }))).to.equal(expected);
  });

  it("are those of an Arm machine on Arm", () => {
    const expected = golden
      .replace("-M pc", "-M virt")
      .replace("-cpu max,-avx,-avx2,-fma,-f16c,-vaes,-vpclmulqdq", "-cpu max")
      .replace("ttyS0", "ttyAMA0")
      .replace(" no_timer_check clearcpuid=cx16", "");
    expect(lines(qemuArguments({ ...input, architecture: hostArchitecture("arm64") }))).to.equal(expected);
  });
});
