import { imageArchive } from "./imageArchive";
import { tar, type TarEntry } from "./tar";

/**
 * Images in archives of every machine, for clusters that reach no registry: /usr/share/hardway/images/lab.tar, and nginx.tar beside it.
 */
const labImages = {
  pause: "hardway.local/pause:1",
  busybox: "hardway.local/busybox:1",
  nginx: "hardway.local/nginx:1",
} as const;
const common = { Env: ["PATH=/bin:/sbin:/usr/bin:/usr/sbin"], WorkingDir: "/" };

/** Programs of busybox that the images have under their own names. */
export const applets = (
  "sh ash cat chmod cp cut date dd df dmesg dnsdomainname du echo env expr false find free grep head hostname httpd id ifconfig ip kill " +
  "ln ls mkdir mount mv nc netstat nproc nslookup ping ping6 ps printf pwd rm route sed seq sleep sort stat stty sync sysctl tail tar tee " +
  "test time timeout top touch tr traceroute true tty udhcpc uname uptime vi wc wget which whoami xargs yes"
).split(" ");

/** Like Kubernetes' own pause: it holds a pod's namespaces until it is told to stop, and reaps what the pod leaves behind. */
const pauseScript = `#!/bin/sh
trap 'exit 0' TERM INT
while :; do
    sleep 86400 &
    wait $!
done
`;

/**
 * The archive with two images that share one layer: a pause image and a busybox. The same busybox gives the same bytes.
 * @param busybox the statically linked program
 * @param architecture as in Go's GOARCH, e.g. `amd64`
 */
export function labImageArchive(busybox: Buffer, architecture: string): Buffer {
  const images = [
    { name: labImages.pause, config: { ...common, Entrypoint: ["/pause"], User: "65535:65535" } },
    { name: labImages.busybox, config: { ...common, Cmd: ["sh"] } },
  ];
  return imageArchive([tar(layerEntries(busybox))], images, architecture);
}

/**
 * The archive with nginx, on top of the layer that the other images have.
 * @param nginx the layer with the program, its libraries and its files (nginx.sh)
 */
export function nginxImageArchive(busybox: Buffer, nginx: Buffer, architecture: string): Buffer {
  const config = { ...common, Cmd: ["nginx"], ExposedPorts: { "80/tcp": {} }, StopSignal: "SIGQUIT" };
  return imageArchive([tar(layerEntries(busybox)), nginx], [{ name: labImages.nginx, config }], architecture);
}

function layerEntries(busybox: Buffer): TarEntry[] {
  const folder = (path: string, mode = 0o755): TarEntry => ({ kind: "directory", path, mode });
  const file = (path: string, mode: number, content: Buffer | string): TarEntry => ({
    kind: "file",
    path,
    mode,
    content: Buffer.from(content),
  });
  return [
    ...["bin", "dev", "etc", "proc", "root", "sys", "var", "var/www"].map((path) => folder(path)),
    folder("tmp", 0o1777),
    file("bin/busybox", 0o755, busybox),
    ...applets.map((name): TarEntry => ({ kind: "symlink", path: `bin/${name}`, target: "busybox" })),
    file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    file("etc/group", 0o644, "root:x:0:\nnogroup:x:65534:\n"),
    file("pause", 0o755, pauseScript),
  ];
}
