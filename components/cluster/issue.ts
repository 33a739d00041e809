import { randomBytes, webcrypto } from "node:crypto";
// Before the library, which needs it.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { PlannedCertificate } from "./certificates";

/** A certificate with its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

/** A key pair without a certificate, both PEM. */
export interface SigningKey {
  /** PKCS #8. */
  readonly key: string;
  readonly publicKey: string;
}

// An emulated machine signs with it in a hundredth of the time that RSA of the same strength takes.
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 60 * 60_000;
/** The clocks of whoever issues it and of the hosts differ. */
const backdatedMs = 60 * 60_000;

/** A new authority: a key and a certificate that it signs itself (RFC 5280, section 4.2.1.9). */
export async function issueAuthority(commonName: string, days: number, now: Date): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(days, now),
    name: [{ CN: [commonName] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await privatePem(keys.privateKey) };
}

/** A certificate as planned, with a new key, signed by the authority. */
export async function issueCertificate(
  planned: PlannedCertificate,
  authority: KeyedCertificate,
  days: number,
  now: Date,
): Promise<KeyedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(days, now),
    subject: subjectOf(planned),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importedKey(authority.key),
    extensions: await extensionsOf(planned, keys.publicKey, issuer),
  });
  return { certificate: pem(certificate), key: await privatePem(keys.privateKey) };
}

/** A key pair that signs the tokens of service accounts. */
export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await newKeys();
  const spki = await webcrypto.subtle.exportKey("spki", publicKey);
  return { key: await privatePem(privateKey), publicKey: x509.PemConverter.encode(spki, "PUBLIC KEY") };
}

/** When a certificate ends, ISO 8601. */
export function endOf(certificate: string): string {
  return new x509.X509Certificate(certificate).notAfter.toISOString();
}

function subjectOf({ commonName, organization }: PlannedCertificate): x509.JsonName {
  return [...(organization === undefined ? [] : [{ O: [organization] }]), { CN: [commonName] }];
}

async function extensionsOf(
  { usages, dnsNames, addresses }: PlannedCertificate,
  publicKey: webcrypto.CryptoKey,
  issuer: x509.X509Certificate,
): Promise<x509.Extension[]> {
  const names = [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...addresses.map((value) => ({ type: "ip" as const, value })),
  ];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[`${usage}Auth`])),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

function validity(days: number, now: Date) {
  return {
    // Positive, and of 16 bytes: 20 are the most (RFC 5280, section 4.1.2.2).
    serialNumber: `40${randomBytes(15).toString("hex")}`,
    notBefore: new Date(now.getTime() - backdatedMs),
    notAfter: new Date(now.getTime() + days * dayMs),
    signingAlgorithm: algorithm,
  };
}

async function newKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function importedKey(key: string) {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(key), algorithm, false, ["sign"]);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
