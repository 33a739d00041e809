import type { Context } from "./context";
import { InterruptedError, messageOf } from "../errors";
import { SshSession } from "../ssh/session";
import { certificateValues, readCertificates, type CertificateFile } from "../verify/certificates";
import { controllersOf } from "../verify/cluster/nodes";
import { collectFacts } from "../verify/facts";
import type { BuiltLab } from "./verification";

/** The certificates on one host, or why nobody could look at them. */
export type HostCertificates =
  | { readonly host: string; readonly files: readonly CertificateFile[] }
  | { readonly host: string; readonly unreachable: string };

/** Bounds for a host that answers slowly: one whose services have just started, on emulated hardware. */
const patience = { timeoutSeconds: 180 } as const;

/** Looks at the certificates on all hosts at the same time: one script on each. */
export async function certificatesOnHosts(
  context: Context,
  { plan, hosts }: BuiltLab,
): Promise<readonly HostCertificates[]> {
  const { signal } = context.interrupt;
  return context.progress.phase("Certificates", async (report) => {
    const found = await Promise.all(
      plan.hosts.map(async ({ name: host, role }): Promise<HostCertificates> => {
        const access = hosts.find(({ name }) => name === host)?.ssh;
        if (access === undefined) return { host, unreachable: "no SSH access is known" };
        try {
          const session = await SshSession.connect(access, { signal, ...patience });
          try {
            const facts = await collectFacts(
              session,
              { certificates: certificateValues(role, controllersOf(plan).length) },
              { signal, ...patience },
            );
            return { host, files: readCertificates(facts("certificates")) };
          } finally {
            session.close();
          }
        } catch (error) {
          if (signal.aborted) throw new InterruptedError();
          return { host, unreachable: messageOf(error) };
        }
      }),
    );
    report.result(`looked at ${found.filter((each) => "files" in each).length} of ${found.length} hosts`);
    return found;
  });
}
