import { expect } from "chai";
import { parse } from "smol-toml";
import { renderBridgeConf, renderLoopbackConf, renderNetwork } from "../../../components/node/cniFiles";
import {
  kernelModules,
  kernelSysctls,
  renderModulesFile,
  renderSysctlFile,
} from "../../../components/node/kernelFiles";
import {
  containerd,
  containerdFiles,
  renderContainerdV2,
  renderContainerdV3,
} from "../../../components/node/runtime/containerd";
import type { RuntimeSettings } from "../../../components/node/runtime/runtimeSettings";
import { runtimeDefaults } from "../../../components/node/runtime/runtimes";
import { expectGolden } from "../../support/golden";

describe("kernel files", () => {
  it("are the ones of the Kubernetes documentation, and overlay", () => {
    expect(renderModulesFile(kernelModules)).to.equal("overlay\nbr_netfilter\n");
    expect(renderSysctlFile(kernelSysctls)).to.equal(
      "net.bridge.bridge-nf-call-iptables  = 1\n" +
        "net.ipv4.ip_forward                 = 1\n" +
        "net.bridge.bridge-nf-call-ip6tables = 1\n",
    );
  });

  it("can be empty", () => {
    expect(renderModulesFile([])).to.equal("");
    expect(renderSysctlFile({})).to.equal("");
  });
});

describe("CNI files", () => {
  for (const masquerade of ["bridge", "outsideCluster", "none"] as const) {
    it(`configure the bridge with masquerade ${masquerade}`, () => {
      const network = { bridge: "cni0", podCidr: "10.200.0.0/24", masquerade };
      const conf = renderBridgeConf(network);
      expectGolden(`cni/10-bridge.${masquerade}.conf`, conf);
      expect((JSON.parse(conf) as { ipMasq: boolean }).ipMasq).to.equal(masquerade === "bridge");
      expectGolden(`cni/10-bridge.${masquerade}.conflist`, renderNetwork(network));
    });
  }

  it("let a pod of a cluster reach itself by a Service, and say nothing of it elsewhere", () => {
    const network = { bridge: "cni0", podCidr: "10.200.0.0/24", masquerade: "bridge" } as const;
    expectGolden("cni/10-bridge.cluster.conflist", renderNetwork({ ...network, hairpinMode: true }));
    expect(renderNetwork({ ...network, hairpinMode: false })).to.equal(renderNetwork(network));
  });

  it("give pods an MTU where one is chosen", () => {
    const network = { bridge: "cni0", podCidr: "10.200.0.0/24", masquerade: "bridge" } as const;
    const { plugins } = JSON.parse(renderNetwork({ ...network, mtu: 9001 })) as { plugins: { mtu?: number }[] };
    expect(plugins.map(({ mtu }) => mtu)).to.deep.equal([9001, undefined]);
    expect(renderNetwork({ ...network, mtu: 0 })).to.equal(renderNetwork(network));
  });

  it("chain portmap after the bridge, with the capability by which a runtime passes host ports", () => {
    const network = { bridge: "cni0", podCidr: "10.200.0.0/24", masquerade: "bridge" } as const;
    const { cniVersion, name, ...bridge } = JSON.parse(renderBridgeConf(network)) as Record<string, unknown>;
    expect(JSON.parse(renderNetwork(network))).to.deep.equal({
      cniVersion,
      name,
      plugins: [bridge, { type: "portmap", capabilities: { portMappings: true } }],
    });
  });

  it("configure the loopback", () => {
    expectGolden("cni/99-loopback.conf", renderLoopbackConf());
  });
});

describe("containerd config", () => {
  const config = runtimeDefaults;

  it("has schema 2 for containerd 1.x", () => {
    expectGolden("containerd/config.v2.toml", renderContainerdV2(config));
  });

  it("has schema 3 for containerd 2.x", () => {
    expectGolden("containerd/config.v3.toml", renderContainerdV3(config));
  });

  const every: RuntimeSettings = {
    ...config,
    handlers: ["runc", "crun", "runsc", "kata"],
    defaultHandler: "crun",
    cgroupDriver: "cgroupfs",
    registryMirrors: {
      "docker.io": ["https://mirror.example", "http://10.0.0.1:5000/v2/hub"],
      "registry.example:5000": ["https://mirror.example/registry"],
    },
  };
  const logins = {
    "docker.io": { username: "me", password: "secret" },
    "registry.example:5000": { username: "you", password: 'a"b' },
  };
  const variants: [title: string, settings: RuntimeSettings][] = [
    ["distro-devmapper", { ...every, handlers: ["runc", "crun"], snapshotter: "devmapper" }],
    ["release-btrfs", { ...every, runtimeSource: "release", snapshotter: "btrfs" }],
    ["mirror-zfs", { ...every, runtimeSource: "mirror", snapshotter: "zfs", registryMirrors: {} }],
  ];
  for (const [title, settings] of variants) {
    it(`has every handler, snapshotter and registry: ${title}`, () => {
      expectGolden(`containerd/${title}.v2.toml`, renderContainerdV2(settings, logins));
      expectGolden(`containerd/${title}.v3.toml`, renderContainerdV3(settings, logins));
      const files = containerdFiles(settings).map(({ path, text }) => `# ${path}\n${text}`);
      expectGolden(`containerd/${title}.files.txt`, files.join("\n"));
    });
  }

  it("has the profiles of containers that name none at the top of the CRI plugin's table, where they are chosen", () => {
    const chosen = { ...config, seccompProfile: "runtime/default", appArmorProfile: "unconfined" } as const;
    const keys = { unset_seccomp_profile: "runtime/default", disable_apparmor: true };
    for (const [text, plugin] of [
      [renderContainerdV2(chosen), "io.containerd.grpc.v1.cri"],
      [renderContainerdV3(chosen), "io.containerd.cri.v1.runtime"],
    ] as const)
      expect((parse(text)["plugins"] as Record<string, object>)[plugin]).to.include(keys);
    expect(renderContainerdV2(config) + renderContainerdV3(config)).not.to.match(/seccomp|apparmor/);
  });

  it("gives a handler no other cgroup driver than the rest of its shim's, for each driver", () => {
    for (const [cgroupDriver, count] of [
      ["systemd", 2],
      ["cgroupfs", 0],
    ] as const) {
      const text = renderContainerdV3({ ...every, handlers: ["runc", "crun"], cgroupDriver });
      expect(text.match(/SystemdCgroup = true/g) ?? []).to.have.length(count);
    }
  });

  it("survives hostile values", () => {
    const sandboxImage = 'a"b\\c\n[plugins]\nx = "y';
    for (const text of [
      renderContainerdV2({ ...config, sandboxImage }),
      renderContainerdV3({ ...config, sandboxImage }),
    ]) {
      expect(JSON.stringify(parse(text))).to.contain(JSON.stringify(sandboxImage));
    }
  });

  it("says the same in both schemas that the script is told to check", () => {
    const variables = containerd.variables({ ...config, cgroupDriver: "cgroupfs" });
    expect(variables["CONFIG_V2"]).to.equal(renderContainerdV2({ ...config, cgroupDriver: "cgroupfs" }));
    expect(variables["CONFIG_V3"]).to.equal(renderContainerdV3({ ...config, cgroupDriver: "cgroupfs" }));
    expect(variables).to.deep.include({
      CONFIG_FILE: "/etc/containerd/config.toml",
      SNAPSHOTTER: "overlayfs",
      SYSTEMD_CGROUP: "false",
      SANDBOX_IMAGE: "registry.k8s.io/pause:3.9",
      DEFAULT_HANDLER: "runc",
      CNI_BIN_DIR: "/opt/cni/bin",
      CNI_CONF_DIR: "/etc/cni/net.d",
      SOCKET: "/run/containerd/containerd.sock",
    });
  });
});
