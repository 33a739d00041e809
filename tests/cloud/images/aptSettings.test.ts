import { expect } from "chai";
import {
  asSeenFromGuest,
  chooseMirrors,
  chooseOptions,
  sourcesList,
  type IndexTarget,
} from "../../../cloud/images/aptSettings";

const target = (uri: string, release: string, label = ""): IndexTarget => ({ uri, release, label });

describe("apt settings", () => {
  it("takes the archives that call themselves Debian and Debian-Security", () => {
    const targets = [
      target("http://other.test/debian/", "bookworm", "Docker"),
      target("http://mirror.test/debian/", "bookworm", "Debian"),
      target("http://mirror.test/security/", "bookworm-security", "Debian-Security"),
    ];
    expect(chooseMirrors(targets, undefined)).to.deep.equal({
      mirror: "http://mirror.test/debian",
      securityMirror: "http://mirror.test/security",
    });
  });

  it("goes by the release's name before apt has downloaded anything", () => {
    const targets = [
      target("http://third.test/x/", "stable"),
      target("http://mirror.test/debian/", "bookworm"),
      target("http://mirror.test/debian/", "bookworm-updates"),
      target("http://mirror.test/security/", "bookworm-security"),
    ];
    expect(chooseMirrors(targets, "bookworm")).to.deep.equal({
      mirror: "http://mirror.test/debian",
      securityMirror: "http://mirror.test/security",
    });
    expect(chooseMirrors(targets, undefined), "not a Debian host").to.deep.equal({});
  });

  it("leaves out archives that a machine cannot reach", () => {
    expect(chooseMirrors([target("file:/srv/debian/", "bookworm", "Debian")], "bookworm")).to.deep.equal({});
  });

  it("names the release, its updates and its security suite", () => {
    expect(
      sourcesList({ mirror: "http://m.test/d", securityMirror: "http://m.test/s", options: [] }, "trixie"),
    ).to.deep.equal([
      "deb http://m.test/d trixie main",
      "deb http://m.test/d trixie-updates main",
      "deb http://m.test/s trixie-security main",
    ]);
    expect(sourcesList({ options: [] }, "trixie")).to.deep.equal([]);
  });

  it("keeps proxies and rules about the archive's age, and nothing else", () => {
    const dump = [
      'APT::Architecture "amd64";',
      'Acquire::http::Proxy "http://proxy.test:3142";',
      'Acquire::http::Proxy::mirror.test "DIRECT";',
      'Acquire::https::Proxy "";',
      'Acquire::Check-Date "false";',
      'Acquire::Check-Valid-Until "false";',
      'DPkg::Post-Invoke:: "rm -rf /";',
    ].join("\n");
    expect(chooseOptions(dump, {})).to.deep.equal([
      'Acquire::http::Proxy "http://proxy.test:3142";',
      'Acquire::http::Proxy::mirror.test "DIRECT";',
      'Acquire::Check-Date "false";',
      'Acquire::Check-Valid-Until "false";',
    ]);
  });

  it("takes a proxy from the environment where apt has none of its own", () => {
    const env = { http_proxy: "http://env.test:8080", https_proxy: "http://env.test:8443" };
    expect(chooseOptions("", env)).to.deep.equal([
      'Acquire::http::Proxy "http://env.test:8080";',
      'Acquire::https::Proxy "http://env.test:8443";',
    ]);
    expect(
      chooseOptions('Acquire::http::Proxy "http://apt.test:1";', { http_proxy: "http://env.test:8080" }),
    ).to.deep.equal(['Acquire::http::Proxy "http://apt.test:1";']);
    expect(
      chooseOptions("", { http_proxy: 'x"; DPkg::Pre-Invoke:: "evil' }),
      "a quote would end the value",
    ).to.deep.equal([]);
  });

  it("gives this computer's loopback the address that it has in a machine", () => {
    expect(asSeenFromGuest('Acquire::http::Proxy "http://127.0.0.1:3142";')).to.equal(
      'Acquire::http::Proxy "http://10.0.2.2:3142";',
    );
    expect(asSeenFromGuest("deb http://localhost/debian trixie main")).to.equal(
      "deb http://10.0.2.2/debian trixie main",
    );
    expect(asSeenFromGuest('Proxy "http://user:pw@[::1]:80";')).to.equal('Proxy "http://user:pw@10.0.2.2:80";');
    expect(asSeenFromGuest("deb http://localhost.test/debian")).to.equal("deb http://localhost.test/debian");
    expect(asSeenFromGuest("deb http://mirror.test/127.0.0.1/x")).to.equal("deb http://mirror.test/127.0.0.1/x");
  });
});
