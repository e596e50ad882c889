import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A process that has just been ended may still write for a moment.
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 200 };

/**
 * A temporary folder that is gone when this process is, however it ends.
 * @param {string} prefix
 */
export async function temporaryFolder(prefix) {
	const path = await mkdtemp(join(tmpdir(), prefix));
	const removeNow = () => rmSync(path, removal);
	process.once('exit', removeNow);
	const remove = async () => {
		process.off('exit', removeNow);
		await rm(path, removal);
	};
	return { path, remove };
}
