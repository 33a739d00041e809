import { parse } from "yaml";
import { z } from "zod";
import { shellQuote } from "../../components/remote/shellQuote";

/** An SSH host key of a machine. */
export interface HostKey {
  readonly type: "ed25519" | "ecdsa" | "rsa";
  /** PEM text. */
  readonly privateKey: string;
  /** One line. */
  readonly publicKey: string;
}

/** What user data asks for at a machine's first boot. */
export interface FirstBoot {
  readonly hostname?: string;
  readonly hostKeys: readonly HostKey[];
  readonly authorizedKeys: readonly string[];
  /** A shell script that does the rest, or undefined where there is none. */
  readonly script?: string;
  /** What was asked for and is not done, in words for a person. */
  readonly ignored: readonly string[];
}

/** cloud-init's names (Cloud config examples, "Configure instance's SSH keys"). */
const keyTypes = ["ed25519", "ecdsa", "rsa"] as const;

const text = z.string();
const command = z.union([text, z.array(z.union([text, z.number()]))]);

/** The part of cloud-config that machines of the embedded EC2 follow. */
const cloudConfig = z.object({
  hostname: text.optional(),
  fqdn: text.optional(),
  ssh_keys: z.record(z.string(), text).optional(),
  ssh_authorized_keys: z.array(text).optional(),
  bootcmd: z.array(command).optional(),
  write_files: z
    .array(
      z.object({
        path: text.startsWith("/"),
        content: text.default(""),
        encoding: z.enum(["text/plain", "b64", "base64"]).default("text/plain"),
        permissions: text.regex(/^0?[0-7]{3,4}$/).default("0644"),
        owner: text.regex(/^[\w.-]+(:[\w.-]+)?$/).default("root:root"),
        append: z.boolean().default(false),
      }),
    )
    .optional(),
  packages: z.array(text.regex(/^[A-Za-z0-9.+:~=-]+$/)).optional(),
  runcmd: z.array(command).optional(),
});
type CloudConfig = z.infer<typeof cloudConfig>;

/** Asked for by many, and already so on our machines. */
const alreadySo = new Set([
  "preserve_hostname",
  "ssh_deletekeys",
  "ssh_genkeytypes",
  "manage_etc_hosts",
  "disable_root",
  "ssh_pwauth",
]);

/** Reads user data as cloud-init does: cloud-config or a script. What is not understood never stops a boot. */
export function parseUserData(userData: string): FirstBoot {
  const nothing = { hostKeys: [], authorizedKeys: [], ignored: [] };
  if (userData.trim() === "") return nothing;
  if (userData.startsWith("#!")) return { ...nothing, script: ownScript(userData) };
  if (!/^#cloud-config\s*$/m.test(userData.split("\n", 1)[0] ?? ""))
    return { ...nothing, ignored: ['user data that starts neither with "#cloud-config" nor with "#!"'] };
  let values: unknown;
  try {
    values = parse(userData) ?? {};
  } catch (error) {
    return { ...nothing, ignored: [`cloud-config that is not YAML: ${(error as Error).message.split("\n", 1)[0]}`] };
  }
  const read = cloudConfig.safeParse(values);
  if (!read.success) return { ...nothing, ignored: [`cloud-config: ${z.prettifyError(read.error)}`] };
  const unknown = Object.keys(values as object).filter((key) => !(key in cloudConfig.shape) && !alreadySo.has(key));
  return fromCloudConfig(read.data, unknown);
}

function fromCloudConfig(config: CloudConfig, unknown: readonly string[]): FirstBoot {
  const keys = config.ssh_keys ?? {};
  const hostname = config.hostname ?? config.fqdn?.split(".", 1)[0];
  const script = configScript(config);
  return {
    ...(hostname !== undefined && { hostname }),
    hostKeys: keyTypes.flatMap((type) => {
      const [privateKey, publicKey] = [keys[`${type}_private`], keys[`${type}_public`]];
      return privateKey && publicKey ? [{ type, privateKey: withNewline(privateKey), publicKey }] : [];
    }),
    authorizedKeys: config.ssh_authorized_keys ?? [],
    ...(script !== "" && { script }),
    ignored: unknown.map((key) => `cloud-config "${key}"`),
  };
}

/** In cloud-init's order: bootcmd, write_files, packages, runcmd. */
function configScript({ bootcmd = [], write_files = [], packages = [], runcmd = [] }: CloudConfig): string {
  return [
    ...bootcmd.map(shellCommand),
    ...write_files.map(({ path, content, encoding, permissions, owner, append }) => {
      const bytes = Buffer.from(content, encoding === "text/plain" ? "utf8" : "base64").toString("base64");
      const file = shellQuote(path);
      return (
        `mkdir -p "$(dirname ${file})" && echo ${bytes} | base64 -d ${append ? ">>" : ">"}${file} && ` +
        `chmod ${permissions} ${file} && chown ${owner} ${file}`
      );
    }),
    ...(packages.length > 0
      ? [`apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y ${packages.join(" ")}`]
      : []),
    ...runcmd.map(shellCommand),
  ].join("\n");
}

/** A list is a command with its arguments, a text goes to the shell. */
function shellCommand(value: z.infer<typeof command>): string {
  return typeof value === "string" ? value : value.map((word) => shellQuote(String(word))).join(" ");
}

/** A user's script keeps its own interpreter. */
function ownScript(userData: string): string {
  const bytes = Buffer.from(userData).toString("base64");
  return [
    "mkdir -p /var/lib/cloud/instance/scripts",
    `echo ${bytes} | base64 -d >/var/lib/cloud/instance/scripts/part-001`,
    "chmod 700 /var/lib/cloud/instance/scripts/part-001",
    "/var/lib/cloud/instance/scripts/part-001",
  ].join("\n");
}

function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
