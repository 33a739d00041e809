import { X509Certificate } from "node:crypto";
import { authorities, type AuthorityName } from "../../../components/cluster/certificates";
import type { ClusterPlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";
import {
  certificateProblem,
  certificateRemedy,
  days,
  daysIssuedFor,
  fewestDays,
  readCertificate,
  renewedBelow,
  type CertificateFile,
} from "../certificates";
import type { Facts } from "../facts";
import { Rows } from "../rows";
import type { Check } from "../types";
import {
  authorityFiles,
  authorityNames,
  hostCertificates,
  keyFolders,
  secretFiles,
  type PlacedCertificate,
} from "./hostCertificates";

/** Extended key usages by their object identifiers (RFC 5280, section 4.2.1.12). */
const usageNames: Readonly<Record<string, string>> = { "1.3.6.1.5.5.7.3.1": "server", "1.3.6.1.5.5.7.3.2": "client" };

/** The authorities' certificates and all private keys of a host. */
export interface HostAuthorities {
  readonly host: string;
  readonly certificates: ReadonlyMap<AuthorityName, X509Certificate>;
  /** Public parts of its private keys, by file. */
  readonly keys: ReadonlyMap<string, string>;
}

/** The values that scripts/pki.sh gets. */
export function pkiValues(host: PlannedHost, cluster: ClusterPlan): Record<string, string> {
  return {
    KEYS: hostCertificates(host, cluster)
      .map(({ keyFile }) => keyFile)
      .join("\n"),
    SECRETS: secretFiles(host, cluster).join("\n"),
    FOLDERS: keyFolders.join("\n"),
  };
}

/** What a host reported of its cluster's certificates and keys. */
export interface PkiFacts {
  /** Of scripts/certificates.sh. */
  readonly certificates: Facts;
  /** Of scripts/pki.sh. */
  readonly keys: Facts;
}

/** Compares a host's certificates with those that are planned for it. @param command how the CLI is called for the lab */
export function judgePki(host: PlannedHost, cluster: ClusterPlan, facts: PkiFacts, command: string): Check[] {
  const rows = new Rows(host.name, "pki");
  for (const planned of hostCertificates(host, cluster)) {
    const certificate = certificateIn(facts.certificates, planned.file);
    const authority = certificateIn(facts.certificates, planned.authorityFile);
    rows.equal(`${planned.name}: certificate`, describePlanned(planned), describe(certificate, authority, planned));
    judgeDays(rows, planned.name, planned.file, facts.certificates, command);
    judgeKey(rows, planned, certificate, facts.keys);
  }
  for (const name of authorityNames) {
    const files = authorityFiles(name, facts.certificates.all("certificate").keys());
    if (files.length > 0) judgeAuthority(rows, name, files, facts.certificates, command);
  }
  judgeSecrets(rows, secretFiles(host, cluster), facts.keys);
  return rows.rows;
}

/** What is compared with the other hosts. */
export function authoritiesOf(host: PlannedHost, facts: PkiFacts): HostAuthorities {
  const certificates = authorityNames.flatMap((name) => {
    const [file] = authorityFiles(name, facts.certificates.all("certificate").keys());
    const certificate = file === undefined ? undefined : certificateIn(facts.certificates, file);
    return certificate instanceof X509Certificate ? [[name, certificate] as const] : [];
  });
  const keys = [...facts.keys.all("key")].flatMap(([file, { code, text }]) =>
    code === 0 ? [[file, pointIn(text)] as const] : [],
  );
  return { host: host.name, certificates: new Map(certificates), keys: new Map(keys) };
}

/** Checks that all hosts trust the same authorities, and that none has an authority's key. */
export function compareAuthorities(hosts: readonly HostAuthorities[]): Check[] {
  // A worker does not know all of them, but must not have their keys either.
  const all = new Map(
    hosts.flatMap(({ certificates }) => [...certificates].map(([name, one]) => [pointOf(one), name])),
  );
  return hosts.flatMap(({ host, certificates, keys }) => {
    const rows = new Rows(host, "pki");
    for (const [name, { fingerprint256 }] of certificates) {
      const others = hosts.filter((other) => other.host !== host && other.certificates.has(name));
      const different = others.filter((other) => other.certificates.get(name)?.fingerprint256 !== fingerprint256);
      const names = different.map((other) => other.host).join(", ");
      const seen = names === "" ? "the same" : `another than on ${names}`;
      if (others.length > 0) rows.equal(`authority ${name}: on all hosts`, "the same", seen);
    }
    const found = [...keys].flatMap(([file, key]) => (all.has(key) ? [`${file} is that of ${all.get(key)}`] : []));
    rows.none(`authorities' keys among ${keys.size} private keys`, found);
    return rows.rows;
  });
}

/** What such a file has, or why that is no certificate. */
function certificateIn(facts: Facts, file: string): X509Certificate | Error {
  const { code, text } = facts.get(`certificate ${file}`);
  if (code !== 0) return new Error(text);
  try {
    return new X509Certificate(text);
  } catch {
    return new Error(`${file} is no certificate`);
  }
}

function describePlanned({
  commonName,
  organization,
  usages,
  dnsNames,
  addresses,
  authority,
}: PlacedCertificate): string {
  return inWords(commonName, organization, usages, [...dnsNames, ...addresses], authority);
}

/** The same of a certificate that is there. */
function describe(
  certificate: X509Certificate | Error,
  authority: X509Certificate | Error,
  planned: PlacedCertificate,
) {
  if (certificate instanceof Error) return certificate.message;
  const subject = new Map(certificate.subject.split("\n").map((part) => part.split(/=(.*)/s, 2) as [string, string]));
  const names = (certificate.subjectAltName ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return inWords(
    subject.get("CN") ?? "nobody",
    subject.get("O"),
    certificate.keyUsage.map((usage) => usageNames[usage] ?? usage),
    names.filter(Boolean),
    signerOf(certificate, authority, planned),
  );
}

function inWords(
  user: string,
  group: string | undefined,
  usages: readonly string[],
  names: readonly string[],
  signer: string,
): string {
  return [
    `${user}${group === undefined ? "" : ` of ${group}`}, ${[...usages].sort().join(" and ")}`,
    ...(names.length === 0 ? [] : [`for ${[...names].sort().join(" ")}`]),
    `signed by ${signer}`,
  ].join(", ");
}

function signerOf(
  certificate: X509Certificate,
  authority: X509Certificate | Error,
  planned: PlacedCertificate,
): string {
  if (authority instanceof Error) return `somebody: ${authority.message}`;
  const isSigned = certificate.verify(authority.publicKey);
  if (isSigned && authority.subject === `CN=${authorities[planned.authority]}`) return planned.authority;
  return `${certificate.issuer.replace(/^CN=/, "")}, and not by ${planned.authorityFile}`;
}

function judgeDays(rows: Rows, name: string, file: string, facts: Facts, command: string): void {
  const now = new Date(Number(facts.text("now")) * 1000);
  const certificate = readCertificate(file, facts.text(`certificate ${file}`), now);
  // As `up` renews them, so that a lab with certificates for a few days is not wrong all the time.
  const fewest = "unreadable" in certificate ? fewestDays : renewedBelow(daysIssuedFor(certificate));
  const problem = certificateProblem(certificate, fewest) ?? beginning(certificate, now);
  const seen = problem === undefined && "daysLeft" in certificate ? days(certificate.daysLeft) : problem;
  const wayOut = problem === undefined ? "" : `. ${certificateRemedy(certificate, command)}`;
  rows.add(`${name}: days left`, `${fewest} or more`, `${seen}${wayOut}`, problem === undefined);
}

/** A clock that is behind makes a certificate as useless as one that has ended. */
function beginning(certificate: CertificateFile, now: Date): string | undefined {
  if ("unreadable" in certificate || Date.parse(certificate.notBefore) <= now.getTime()) return undefined;
  return `begins on ${certificate.notBefore}, after the host's clock`;
}

function judgeKey(
  rows: Rows,
  { name, keyFile }: PlacedCertificate,
  certificate: X509Certificate | Error,
  facts: Facts,
) {
  const { code, text } = facts.get(`key ${keyFile}`);
  const isOwn = code === 0 && certificate instanceof X509Certificate && pointIn(text) === pointOf(certificate);
  const seen = code !== 0 ? text : isOwn ? "that of the certificate" : "another than the certificate's";
  rows.equal(`${name}: key`, "that of the certificate", seen);
}

function judgeAuthority(
  rows: Rows,
  name: AuthorityName,
  files: readonly string[],
  facts: Facts,
  command: string,
): void {
  const [first = ""] = files;
  const expected = `${authorities[name]}, an authority, signed by itself`;
  const seen = files.flatMap((file) => {
    const said = describeAuthority(certificateIn(facts, file), certificateIn(facts, first), first);
    return said === expected ? [] : [`${file}: ${said}`];
  });
  rows.equal(`authority ${name}`, expected, seen.join("; ") || expected);
  judgeDays(rows, `authority ${name}`, first, facts, command);
}

function describeAuthority(
  certificate: X509Certificate | Error,
  first: X509Certificate | Error,
  firstFile: string,
): string {
  if (certificate instanceof Error) return certificate.message;
  const name = certificate.subject.replace(/^CN=/, "");
  if (first instanceof X509Certificate && first.fingerprint256 !== certificate.fingerprint256)
    return `${name}, another than in ${firstFile}`;
  const isOwn = certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  return `${name}, ${certificate.ca ? "an authority" : "no authority"}, signed by ${isOwn ? "itself" : "another"}`;
}

function judgeSecrets(rows: Rows, files: readonly string[], facts: Facts): void {
  const modes = new Map(facts.lines("modes").map((line) => [line.replace(/^\S+ \S+ /, ""), line.split(" ")] as const));
  const wrong = files.flatMap((file) => {
    const [mode = "", owner = ""] = modes.get(file) ?? [];
    if (mode === "600" && owner === "root:root") return [];
    return [mode === "" ? `${file} is not there` : `${file} is ${mode} ${owner}`];
  });
  const expected = "0600 root:root";
  rows.equal(`${files.length} secret files`, expected, wrong.join(", ") || expected);
}

/** A certificate's public key, a point of the curve P-256 in hexadecimal. */
function pointOf(certificate: X509Certificate): string {
  const { x = "", y = "" } = certificate.publicKey.export({ format: "jwk" });
  return `04${[x, y].map((part) => Buffer.from(part, "base64url").toString("hex")).join("")}`;
}

/** The same of what ssh-keygen(1) prints: `ecdsa-sha2-nistp256` and a blob that ends with the point (RFC 5656, section 3.1). */
function pointIn(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  return blob.subarray(-65).toString("hex");
}
