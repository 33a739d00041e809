import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../../cli/errors";
import { backendFolder } from "../../../cli/engine/fileBackend";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import { accessKeyVariables, engineEnvironment, renderExports, shellWord } from "../../../cli/engine/environment";
import { temporaryFolder } from "../support";

describe("the engine's environment", () => {
  const state = temporaryFolder();
  const engine = { directory: "/cache/engine", source: "cache" } as const;
  const make = (env: Record<string, string> = {}, over: Partial<Parameters<typeof engineEnvironment>[0]> = {}) =>
    engineEnvironment({
      paths: labPaths("two", state()),
      state: state(),
      engine,
      bundledPlugins: true,
      env: { PATH: "/usr/bin:/bin", ...env },
      ...over,
    });

  it("has the official plugins of the user's Pulumi, also after `hardway env` of a lab with bundled ones", () => {
    const official = { bundledPlugins: false };
    const ofLab = labPaths("other", state()).pulumiHome;
    expect(make({ HOME: "/home/me", PULUMI_HOME: ofLab }, official)["PULUMI_HOME"]).to.equal("/home/me/.pulumi");
    expect(make({ HOME: "/home/me", PULUMI_HOME: "/opt/pulumi" }, official)).to.not.have.property("PULUMI_HOME");
  });

  it("has a backend, a passphrase and a plugin folder of hardway's own", () => {
    const lab = join(state(), "labs/two");
    expect(make()).to.deep.equal({
      PATH: "/cache/engine:/usr/bin:/bin",
      PULUMI_STACK: "two",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_PARALLEL: "100",
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
      PULUMI_BACKEND_URL: `file://${state()}/backend?metadata=skip`,
      PULUMI_DIY_BACKEND_ZSTD: "true",
      PULUMI_CONFIG_PASSPHRASE_FILE: `${state()}/passphrase`,
      PULUMI_HOME: join(lab, "pulumi-home"),
      HARDWAY_PLUGINS: "bundled",
    });
    expect(statSync(join(state(), "backend")).mode & 0o777).to.equal(0o700);
    expect(statSync(join(state(), "passphrase")).mode & 0o777).to.equal(0o600);
  });

  it("tells the program which plugins log in, and has no agent that is dead", () => {
    expect(make({}, { bundledPlugins: false }))
      .to.include({ HARDWAY_PLUGINS: "official" })
      .and.not.have.property("SSH_AUTH_SOCK");
    expect(make({}, { deadAgent: true })).to.have.property("SSH_AUTH_SOCK", "");
  });

  it("makes the passphrase once", () => {
    make();
    const passphrase = readFileSync(join(state(), "passphrase"), "utf8");
    expect(passphrase).to.match(/^[\w-]{43}\n$/);
    make();
    expect(readFileSync(join(state(), "passphrase"), "utf8")).to.equal(passphrase);
  });

  for (const name of ["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"]) {
    it(`leaves the user's backend alone when ${name} is set`, () => {
      expect(make({ [name]: "x" })).not.to.have.any.keys("PULUMI_BACKEND_URL", "PULUMI_DIY_BACKEND_ZSTD");
      expect(make({ [name]: "" })).to.have.property("PULUMI_BACKEND_URL");
    });
  }

  it("leaves the user's passphrase alone, also an empty one", () => {
    expect(make({ PULUMI_CONFIG_PASSPHRASE: "" })).not.to.have.property("PULUMI_CONFIG_PASSPHRASE_FILE");
    expect(make({ PULUMI_CONFIG_PASSPHRASE_FILE: "/f" })).not.to.have.property("PULUMI_CONFIG_PASSPHRASE_FILE");
  });

  it("goes into the address of a backend whose folder has a name that means something in one", () => {
    const odd = join(state(), "a #b?c%41 é");
    const url = make({}, { state: odd })["PULUMI_BACKEND_URL"] ?? "";
    expect(url).to.contain("/a%20%23b%3Fc%2541%20%C3%A9/backend?metadata=skip");
    expect(backendFolder(url)).to.equal(join(odd, "backend"));
  });

  it("is refused when the passphrase of stacks that are there is gone", () => {
    make();
    const file = join(state(), "backend/.pulumi/stacks/hardway/two.json.zst");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    make();
    rmSync(join(state(), "passphrase"));
    expect(() => make()).to.throw(
      UserError,
      `${join(state(), "passphrase")} is gone, the passphrase of what is secret in ${file}`,
    );
    expect(existsSync(join(state(), "passphrase"))).to.equal(false);
    // The user's own is used, and what is left of a stack that was removed needs none.
    expect(make({ PULUMI_CONFIG_PASSPHRASE: "x" })).not.to.have.property("PULUMI_CONFIG_PASSPHRASE_FILE");
    renameSync(file, `${file}.bak`);
    expect(make()).to.have.property("PULUMI_CONFIG_PASSPHRASE_FILE");
  });

  const proxies: readonly Record<string, string>[] = [
    { http_proxy: "http://127.0.0.1:9" },
    { https_proxy: "http://127.0.0.1:9" },
    { grpc_proxy: "http://127.0.0.1:9" },
    { http_proxy: "http://127.0.0.1:9", no_proxy: "localhost, 127.0.0.1 , .corp" },
    { https_proxy: "http://127.0.0.1:9", no_grpc_proxy: ".corp" },
    { grpc_proxy: "http://127.0.0.1:9", NO_PROXY: "*" },
    { http_proxy: "http://127.0.0.1:9", no_grpc_proxy: " " },
  ];
  for (const proxy of proxies) {
    it(`keeps gRPC on loopback past the proxy of ${JSON.stringify(proxy)}`, () => {
      const where = (env: Record<string, string>) =>
        execFileSync(
          process.execPath,
          [
            "-e",
            `const { mapProxyName } = require("@grpc/grpc-js/build/src/http_proxy");
const of = (path) => mapProxyName({ scheme: "dns", path }, {}).target.path;
console.log(["127.0.0.1:50051", "localhost:50051", "127.77.0.1:4566", "x.corp:1", "other.example:1"].map(of).join(" "))`,
          ],
          { env: { PATH: process.env["PATH"], ...proxy, ...env }, encoding: "utf8", cwd: repositoryRoot },
        )
          .trim()
          .split(" ");
      const env = make(proxy);
      expect(where(env).slice(0, 3)).to.deep.equal(["127.0.0.1:50051", "localhost:50051", "127.77.0.1:4566"]);
      // What the user excepted stays so, and nothing else does.
      const isExcepted = Object.values(proxy).some((value) => value.includes(".corp"));
      expect(where(env).slice(3)).to.deep.equal([isExcepted ? "x.corp:1" : "127.0.0.1:9", "127.0.0.1:9"]);
    });
  }

  it("says nothing about proxies where there is none", () => {
    expect(make({ no_proxy: "a" })).not.to.have.any.keys("no_proxy", "NO_PROXY", "no_grpc_proxy");
  });

  it("does as much at a time as the user says, and compresses no state that is to be plain", () => {
    expect(make({ PULUMI_PARALLEL: "3" })).to.have.property("PULUMI_PARALLEL", "3");
    expect(make({ PULUMI_DIY_BACKEND_ZSTD: "false" })).to.have.property("PULUMI_DIY_BACKEND_ZSTD", "false");
  });

  it("uses the user's own plugins when the official ones are chosen, and his own engine where it is", () => {
    const env = make({}, { bundledPlugins: false, engine: { directory: "/usr/bin", source: "PATH" } });
    expect(env).not.to.have.property("PULUMI_HOME");
    expect(env).to.have.property("PATH", "/usr/bin:/bin");
  });

  it("does not grow PATH when it is made in its own shell", () => {
    expect(make({ PATH: make()["PATH"] ?? "" })).to.have.property("PATH", "/cache/engine:/usr/bin:/bin");
  });
});

describe("the embedded EC2's access key in the environment", () => {
  const ec2 = { accessKey: "HARDWAYX", secretKey: "s/+" };

  it("stands where AWS's tools look for one, alone", () => {
    const keys = { AWS_ACCESS_KEY_ID: "HARDWAYX", AWS_SECRET_ACCESS_KEY: "s/+" };
    expect(accessKeyVariables(ec2, { AWS_ACCESS_KEY_ID: "AKIA", AWS_SESSION_TOKEN: "" })).to.deep.equal(keys);
    const own = { AWS_PROFILE: "work", AWS_SESSION_TOKEN: "t", AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" };
    expect(accessKeyVariables(ec2, own)).to.deep.equal({
      ...keys,
      ...{ AWS_PROFILE: "", AWS_SESSION_TOKEN: "", AWS_CREDENTIAL_EXPIRATION: "" },
    });
    // With them SDKs refuse an endpoint that is not AWS's.
    const ofAws = { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" };
    expect(accessKeyVariables(ec2, ofAws)).to.deep.equal({
      ...keys,
      ...{ AWS_USE_FIPS_ENDPOINT: "false", AWS_USE_DUALSTACK_ENDPOINT: "false" },
    });
  });

  it("is the one that the SDK of the bundled plugin takes, whatever the user has set", () => {
    const user = { ...process.env, AWS_PROFILE: "none", AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" };
    const program =
      'new (require("@aws-sdk/client-ec2").EC2Client)({ region: "us-east-1" }).config.credentials()' +
      ".then(({ accessKeyId, secretAccessKey, sessionToken }) => console.log(accessKeyId, secretAccessKey, sessionToken))";
    const stdout = execFileSync("node", ["-e", program], {
      encoding: "utf8",
      cwd: repositoryRoot,
      env: { ...user, ...accessKeyVariables(ec2, user) },
    });
    expect(stdout).to.equal("HARDWAYX s/+ undefined\n");
  });
});

describe("export lines", () => {
  it("give a shell exactly the values", () => {
    const hostile = { A: "it's", B: '$(touch /tmp/x) `id` "q" \\ *', C: "", D: "a b\nc", E: "/plain:/path" };
    const printed = execFileSync(
      "sh",
      ["-euc", `eval "$0"; printf '%s\\0' "$A" "$B" "\${C-}" "$D" "$E"`, renderExports(hostile)],
      { encoding: "utf8" },
    );
    expect(printed.split("\0").slice(0, -1)).to.deep.equal(Object.values(hostile));
  });

  it("take a variable away where its value is empty", () => {
    expect(renderExports({ A: "1", B: "" })).to.equal("export A=1\nunset B\n");
  });

  it("are quoted only where it is needed", () => {
    expect([shellWord("/a:/b"), shellWord("a b"), shellWord("it's")]).to.deep.equal(["/a:/b", "'a b'", "'it'\\''s'"]);
  });
});
