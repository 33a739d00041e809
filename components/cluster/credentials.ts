/** Keys and certificates of a host, PEM, by the names of their files, e.g. `ca.crt` and `kubelet.key`. */
export type Credentials = Readonly<Record<string, string>>;

/** A file on the host whose text is one of its credentials. */
export interface CredentialFile {
  readonly path: string;
  readonly mode: "0644" | "0600";
  /** Name of the credential. */
  readonly credential: string;
}

/** The file of a credential in a folder; keys are for root alone. */
export function credentialFile(folder: string, credential: string): CredentialFile {
  return { path: `${folder}/${credential}`, mode: credential.endsWith(".crt") ? "0644" : "0600", credential };
}

/** A certificate and its key in a folder, as NAME.crt and NAME.key. */
export function pairFiles(folder: string, name: string): [certificate: CredentialFile, key: CredentialFile] {
  return [credentialFile(folder, `${name}.crt`), credentialFile(folder, `${name}.key`)];
}
