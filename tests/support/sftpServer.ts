import { mkdir, open, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { utils, type SFTPWrapper } from "ssh2";

const { STATUS_CODE, OPEN_MODE } = utils.sftp;

/** Serves the part of SFTP that writes files, inside one folder; anything outside is "permission denied". */
export function serveSftp(sftp: SFTPWrapper, root: string) {
  const handles = new Map<number, FileHandle>();
  let lastHandle = 0;

  const inside = (file: string) => {
    const full = path.resolve(root, file);
    if (full !== root && !full.startsWith(root + path.sep)) throw Object.assign(new Error(file), { code: "EACCES" });
    return full;
  };
  const handleOf = (handle: Buffer) => {
    const file = handles.get(handle.readUInt32BE(0));
    if (!file) throw new Error("unknown handle");
    return file;
  };
  const answer = (request: number, work: () => Promise<void>) => {
    work().catch((error: NodeJS.ErrnoException) => {
      const codes: Record<string, number> = {
        ENOENT: STATUS_CODE.NO_SUCH_FILE,
        EACCES: STATUS_CODE.PERMISSION_DENIED,
        EISDIR: STATUS_CODE.FAILURE,
      };
      sftp.status(request, codes[error.code ?? ""] ?? STATUS_CODE.FAILURE, error.code ?? error.message);
    });
  };
  const done = (request: number) => sftp.status(request, STATUS_CODE.OK);
  const sendAttributes = async (request: number, file: string) => {
    const { mode, uid, gid, size, atime, mtime } = await stat(inside(file));
    sftp.attrs(request, { mode, uid, gid, size, atime: atime.getTime() / 1000, mtime: mtime.getTime() / 1000 });
  };

  sftp.on("OPEN", (request, file, flags) =>
    answer(request, async () => {
      const writing = (flags & OPEN_MODE.WRITE) !== 0;
      const truncate = (flags & OPEN_MODE.TRUNC) !== 0;
      const handle = Buffer.alloc(4);
      handles.set(++lastHandle, await open(inside(file), writing ? (truncate ? "w" : "r+") : "r"));
      handle.writeUInt32BE(lastHandle);
      sftp.handle(request, handle);
    }),
  );
  sftp.on("WRITE", (request, handle, offset, data) =>
    answer(request, async () => {
      await handleOf(handle).write(data, 0, data.length, offset);
      done(request);
    }),
  );
  sftp.on("CLOSE", (request, handle) =>
    answer(request, async () => {
      await handleOf(handle).close();
      handles.delete(handle.readUInt32BE(0));
      done(request);
    }),
  );
  sftp.on("FSETSTAT", (request) => done(request));
  sftp.on("MKDIR", (request, directory) =>
    answer(request, async () => {
      await mkdir(inside(directory));
      done(request);
    }),
  );
  sftp.on("STAT", (request, file) => answer(request, () => sendAttributes(request, file)));
  sftp.on("LSTAT", (request, file) => answer(request, () => sendAttributes(request, file)));
  sftp.on("close", () => void Promise.all([...handles.values()].map((file) => file.close())));
}
