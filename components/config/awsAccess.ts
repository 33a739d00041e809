import { isDeepStrictEqual } from "node:util";
import { toProxy } from "./connection";
import type { OwnLoginKey } from "../labArgs";
import type { ProxyConnection } from "../remote/connection";
import { isPair, readPrivateKey, resolvePath } from "./privateKey";
import type { Problem } from "./problems";
import { configSchema, type ConfigValues } from "./schema";

/** A key pair whose file was read. */
interface LoginKeyValues extends OwnLoginKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A login key of the user's own; undefined when the program is to make one. */
export function loginKey(values: ConfigValues, directory: string, problems: Problem[]): LoginKeyValues | undefined {
  const { sshPublicKey: publicKey, sshPrivateKeyFile: privateKeyFile } = values;
  if (publicKey === "" && privateKeyFile === "") return undefined;
  if (publicKey === "" || privateKeyFile === "") {
    const missing = publicKey === "" ? "sshPublicKey" : "sshPrivateKeyFile";
    problems.push({ key: `hardway:${missing}`, rule: "is missing: a key of your own needs both of its halves" });
    return undefined;
  }
  const key = "hardway:sshPrivateKeyFile";
  const privateKey = readPrivateKey(resolvePath(privateKeyFile, directory));
  if (privateKey instanceof Error) {
    problems.push({ key, rule: `cannot be used: ${privateKey.message}`, got: privateKeyFile });
    return undefined;
  }
  if (!isPair(privateKey, publicKey)) {
    problems.push({ key, rule: "must hold the private half of hardway:sshPublicKey", got: privateKeyFile });
  }
  return { publicKey, privateKey, privateKeyFile };
}

/** The machine to log in through, with the login key where it has no key of its own. */
export function bastionConnection(
  values: ConfigValues,
  directory: string,
  login: LoginKeyValues | undefined,
  problems: Problem[],
): ProxyConnection | undefined {
  const key = "hardway:bastion";
  if (values.bastion.host === "") {
    const isUnset = isDeepStrictEqual(values.bastion, configSchema.shape.bastion.parse(undefined));
    if (!isUnset) problems.push({ key: `${key}.host`, rule: "is missing" });
    return undefined;
  }
  return toProxy(values.bastion, { key, directory, problems }, login?.privateKey);
}
