import { X509Certificate } from "node:crypto";
import { certificateFiles } from "../../components/cluster/certificateFiles";
import type { HostRole } from "../../components/host";
import type { Facts } from "./facts";

/** A certificate with fewer days left is a problem: `up` issues it again before. */
export const fewestDays = 30;

/**
 * With how many days left `up` issues a certificate again. One that is issued for no longer than that is issued again in the
 * last third of its time.
 */
export function renewedBelow(issuedFor: number): number {
  return issuedFor > fewestDays ? fewestDays : Math.ceil(issuedFor / 3);
}

/** How many days a certificate was issued for. */
export function daysIssuedFor({ notBefore, notAfter }: HostCertificate): number {
  return Math.round((Date.parse(notAfter) - Date.parse(notBefore)) / dayMs);
}

/** A certificate as it is in a file on a host. */
export interface HostCertificate {
  readonly file: string;
  /** Its subject on one line, e.g. `O=system:nodes, CN=system:node:node-0`. */
  readonly subject: string;
  readonly issuer: string;
  readonly isAuthority: boolean;
  /** Whom it is for: `DNS:node-0`, `IP Address:10.240.0.80`. */
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until it ends by the host's clock; negative once it has. */
  readonly daysLeft: number;
  /** SHA-256, which tells it from the one that was there before. */
  readonly fingerprint: string;
}

/** A file on a host that should be a certificate: what is in it, or why that cannot be read. */
export type CertificateFile = HostCertificate | { readonly file: string; readonly unreadable: string };

export const dayMs = 24 * 60 * 60_000;

/** The values that scripts/certificates.sh gets. @param controllers how many the cluster has */
export function certificateValues(role: HostRole, controllers: number): Record<string, string> {
  return { FILES: certificateFiles(role, controllers).join("\n"), ROOT: "" };
}

/** What the host reported of each file, in the order of their paths. */
export function readCertificates(facts: Facts): CertificateFile[] {
  const now = new Date(Number(facts.text("now")) * 1000);
  return [...facts.all("certificate")].map(([file, { code, text }]) =>
    code === 0 ? readCertificate(file, text, now) : { file, unreadable: "is not there" },
  );
}

/** @param now by the clock of its host */
export function readCertificate(file: string, pem: string, now: Date): CertificateFile {
  try {
    const read = new X509Certificate(pem);
    const [notBefore, notAfter] = [new Date(read.validFrom), new Date(read.validTo)];
    return {
      file,
      subject: oneLine(read.subject),
      issuer: oneLine(read.issuer),
      isAuthority: read.ca,
      names: read.subjectAltName?.split(", ") ?? [],
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / dayMs),
      fingerprint: read.fingerprint256,
    };
  } catch {
    return { file, unreadable: "is no certificate" };
  }
}

/**
 * Why a certificate does not hold for long enough, or cannot be read; undefined for one that is well.
 *
 * @param fewest days that have to be left
 */
export function certificateProblem(certificate: CertificateFile, fewest = fewestDays): string | undefined {
  if ("unreadable" in certificate) return certificate.unreadable;
  const { daysLeft, notAfter } = certificate;
  if (daysLeft < 0) return `ended on ${notAfter.slice(0, 10)}`;
  return daysLeft < fewest ? `ends on ${notAfter.slice(0, 10)}, in ${days(daysLeft)}` : undefined;
}

/**
 * What to do about a certificate that has a problem.
 *
 * @param command how the CLI is called for the lab, e.g. `./hardway --lab two`
 */
export function certificateRemedy(certificate: CertificateFile, command: string): string {
  if ("unreadable" in certificate) return `"${command} repair" puts back what the step has written.`;
  const issuedFor = daysIssuedFor(certificate);
  if (certificate.isAuthority) return "Only a new cluster gets new authorities: see docs/cluster.md, Rotation.";
  if (issuedFor <= fewestDays)
    return `It was issued for ${days(issuedFor)}: set hardway:certificateDays to more than ${fewestDays}, then run "${command} up".`;
  return `"${command} certs renew" issues it again, and so does "${command} up".`;
}

export function days(count: number): string {
  return `${count} ${count === 1 ? "day" : "days"}`;
}

function oneLine(name: string): string {
  return name.split("\n").join(", ");
}
