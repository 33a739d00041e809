#!/usr/bin/env node
// Stands in for QEMU: takes its arguments, opens its disk, writes the pid file and removes it when it ends in order, shows a login prompt on the console, answers SSH with a banner and
// QMP with enough to be switched off. FAKE_QEMU: "hangs" ignores the power button, "fails" ends at once, "silent" never boots.
import { openSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import process from "node:process";

const mode = process.env["FAKE_QEMU"] ?? "";
const args = process.argv.slice(2);
const value = (pattern) => args.map((arg) => pattern.exec(arg)?.[1]).find(Boolean);
if (mode === "fails") {
  process.stderr.write("fake: no memory\n");
  process.exit(1);
}
const pidFile = args[args.indexOf("-pidfile") + 1];
openSync(value(/^if=none,id=root,.*file=(.+)/), "r+");
writeFileSync(pidFile, String(process.pid));
process.on("exit", () => rmSync(pidFile, { force: true }));
if (mode !== "silent") writeFileSync(value(/logfile=([^,]+)/), "Debian GNU/Linux 13\n\nlogin: ");
const [, host, port] = /hostfwd=tcp:([\d.]+):(\d+)-:22/.exec(args.join(" ")) ?? [];
if (host)
  net
    .createServer((peer) => peer.on("error", () => undefined).write("SSH-2.0-fake\r\n"))
    .listen({ host, port: Number(port) });
net
  .createServer((peer) => {
    peer.write('{"QMP": {}}\n');
    peer.on("error", () => undefined);
    peer.on("data", (data) => {
      for (const line of String(data).split("\n").filter(Boolean)) {
        const { execute, id } = JSON.parse(line);
        peer.write(`${JSON.stringify({ return: execute === "query-status" ? { status: "running" } : {}, id })}\n`);
        if (execute === "quit" || (execute === "system_powerdown" && mode !== "hangs")) process.exit(0);
      }
    });
  })
  .listen(value(/^socket,id=qmp,.*path=([^,]+)/));
