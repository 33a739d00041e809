import type { Colors } from "picocolors/types";
import type { HostCertificates } from "../lab/hostCertificates";
import { plainTable, renderTable } from "../output/table";
import {
  certificateProblem,
  certificateRemedy,
  days,
  type CertificateFile,
  type HostCertificate,
} from "../verify/certificates";
import { hardway } from "../output/hardway";

/** A line of `certs`; without a file where a host does not answer, and with no more than that where it is no certificate. */
export interface CertificateRow extends Partial<HostCertificate> {
  readonly host: string;
  readonly problem?: string;
}

/** Of one that cannot be read. */
const noDays = Number.MIN_SAFE_INTEGER;

/** Those that end first come first. */
export function certificateRows(found: readonly HostCertificates[]): CertificateRow[] {
  const rows = found.flatMap((each): CertificateRow[] =>
    "files" in each
      ? each.files.map((certificate) => rowOf(each.host, certificate))
      : [{ host: each.host, problem: `does not answer: ${each.unreachable}` }],
  );
  return rows.sort((one, other) => (one.daysLeft ?? noDays) - (other.daysLeft ?? noDays));
}

function rowOf(host: string, certificate: CertificateFile): CertificateRow {
  const problem = certificateProblem(certificate);
  const known = "unreadable" in certificate ? { file: certificate.file } : certificate;
  return { host, ...known, ...(problem !== undefined && { problem }) };
}

/** What `certs` prints: a table, then what is wrong and what to do about it. */
export function renderCertificates(lab: string, found: readonly HostCertificates[], colors: Colors): string {
  const rows = certificateRows(found);
  const table = plainTable(["DAYS", "HOST", "FILE", "SUBJECT", "ISSUER"], colors);
  for (const { daysLeft, host, file = "-", subject = "-", issuer = "-", problem } of rows) {
    const left = String(daysLeft ?? "?");
    table.push([problem === undefined ? left : colors.red(left), host, file, subject, issuer]);
  }
  const problems = rows.flatMap(({ host, file, problem }) =>
    problem === undefined ? [] : [`  ${host}${file === undefined ? "" : ` ${file}`} ${problem}`],
  );
  if (problems.length === 0) return renderTable(table);
  return [renderTable(table), "", colors.red("Not as they should be:"), ...problems, ...remedies(lab, found)].join(
    "\n",
  );
}

/** Each once. */
function remedies(lab: string, found: readonly HostCertificates[]): string[] {
  const command = hardway(lab);
  const all = found.flatMap((each) =>
    "files" in each
      ? each.files
          .filter((certificate) => certificateProblem(certificate) !== undefined)
          .map((certificate) => certificateRemedy(certificate, command))
      : [`"${command} status" shows whether machines run; "${command} start" boots those that do not.`],
  );
  return [...new Set(all)];
}

/** What of a renewal did not come about: certificates that are as before, and authorities that are not. */
export function notRenewed(before: readonly HostCertificates[], after: readonly HostCertificates[]): string[] {
  const known = new Map(filesOf(before).map(({ host, certificate }) => [`${host} ${certificate.file}`, certificate]));
  const silent = after.flatMap((each) =>
    "files" in each ? [] : [`${each.host} does not answer: ${each.unreachable}`],
  );
  const problems = filesOf(after).flatMap(({ host, certificate }) => {
    const at = `${host} ${certificate.file}`;
    if ("unreadable" in certificate) return [`${at} ${certificate.unreadable}`];
    const earlier = known.get(at);
    const isSame = earlier !== undefined && "fingerprint" in earlier && earlier.fingerprint === certificate.fingerprint;
    if (certificate.isAuthority) return isSame ? [] : [`${at} is another authority than before`];
    return isSame ? [`${at} is the same as before`] : [];
  });
  return [...silent, ...problems];
}

/** How `certs renew` ends. */
export function renderRenewal(after: readonly HostCertificates[], problems: readonly string[], colors: Colors): string {
  if (problems.length > 0) return [colors.red("Not renewed:"), ...problems.map((problem) => `  ${problem}`)].join("\n");
  const issued = filesOf(after).flatMap(({ certificate }) =>
    "unreadable" in certificate || certificate.isAuthority ? [] : [certificate],
  );
  const [first] = issued.sort((one, other) => one.daysLeft - other.daysLeft);
  const until =
    first === undefined ? "" : ` The first ends on ${first.notAfter.slice(0, 10)}, in ${days(first.daysLeft)}.`;
  return `Issued ${issued.length} certificates again, by the same authorities; all hosts have the new ones.${until}`;
}

function filesOf(found: readonly HostCertificates[]): { host: string; certificate: CertificateFile }[] {
  return found.flatMap((each) =>
    "files" in each ? each.files.map((certificate) => ({ host: each.host, certificate })) : [],
  );
}
