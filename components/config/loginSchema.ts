import { isIP } from "node:net";
import { z } from "zod";
import { isPublicKey } from "../remote/sshKeys";

/** A host name, or an address; one of IPv6 may name its card. Nothing in it means something to ssh(1) or its files. */
export function isSshHost(text: string): boolean {
  if (/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?$/.test(text)) return true;
  return isIP(text) === 6 && /^[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]{1,15})?$/.test(text);
}

/** A login name, also one of a domain: `user@example.org`, `DOMAIN\user`, `machine$`. */
export function isSshUser(text: string): boolean {
  const word = "[A-Za-z0-9_.][A-Za-z0-9_.@+-]*";
  return new RegExp(`^(${word}\\\\)?${word}\\$?$`).test(text);
}

/**
 * A path that ssh_config(5) can hold: what is in quotes there ends at a quote or a line's end, older and newer clients
 * read a backslash differently, and `${` begins a variable.
 */
export function isSshPath(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return text !== "" && !/[\x00-\x1f\x7f"\\]|\$\{/.test(text);
}

const sshPath = z
  .string()
  .refine(isSshPath, "must be a path without control characters, double quotes, backslashes and ${");

const hostRule = "must be a host name or address";

/** How to log in to a machine. */
export const loginSchema = z.strictObject({
  host: z.string().refine(isSshHost, hostRule),
  port: z.int().min(1).max(65535).default(22),
  user: z
    .string()
    .refine(isSshUser, "must be a login name: letters, digits and _ . @ + -, which does not begin with one of @ + -")
    .default("root"),
  privateKeyFile: sshPath.optional(),
  privateKey: z.string().min(1).optional(),
  privateKeyPassword: z.string().optional(),
  // Nobody could type one; a file or an echo that the password came from ended in it.
  password: z
    .string()
    .regex(/^[^\r\n]+$/, "must be one line, and end where the password ends")
    .optional(),
  // A word or a variable in its place would mean something else to ssh(1), and a relative path another socket in each
  // folder.
  agentSocketPath: sshPath.regex(/^\//, "must be an absolute path").optional(),
  hostKey: z.string().refine(isPublicKey, 'must be one whole public host key such as "ssh-ed25519 AAAA..."').optional(),
});

/** How to log in to a host, where needed through another machine. */
export const sshSchema = loginSchema.extend({ bastion: loginSchema.optional() });

/** A machine to log in through; an empty host means none. */
export const bastionSchema = loginSchema.extend({
  host: z
    .string()
    .refine((text) => text === "" || isSshHost(text), hostRule)
    .default(""),
});

/** Of the kinds that EC2 imports; empty for none. */
export const loginKeySchema = z
  .string()
  .refine(
    (text) => text === "" || (/^(ssh-ed25519|ssh-rsa) /.test(text) && isPublicKey(text)),
    'must be one whole public key such as "ssh-ed25519 AAAA..."',
  );

export type SshValues = z.infer<typeof sshSchema>;
export type LoginValues = z.infer<typeof loginSchema>;
