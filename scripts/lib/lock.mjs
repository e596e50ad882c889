// A lock between processes, made of a folder: making one is atomic everywhere.
// Plain JavaScript, because the bootstrap runs before anything is installed.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
const STALE_AFTER_MS = 30_000;

/** @typedef {{ token: string, pid: number, host: string }} Owner */

/** @param {number} pid */
export function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// EPERM: it lives, but belongs to somebody else.
		return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
	}
}

/**
 * @param {string} path
 * @returns {Promise<Owner | undefined>}
 */
async function readOwner(path) {
	try {
		return JSON.parse(await readFile(join(path, 'owner.json'), 'utf8'));
	} catch {
		return undefined;
	}
}

/**
 * Takes a dead owner's lock out of the way.
 * @param {string} path
 * @param {Owner | undefined} judged the owner that was found dead
 */
async function removeStale(path, judged) {
	const aside = `${path}.stale-${randomUUID()}`;
	try {
		await rename(path, aside);
	} catch {
		return; // Somebody else was faster.
	}
	const taken = await readOwner(aside);
	if (taken?.token !== judged?.token) {
		// Between the look and the move another process had taken the lock over: give it back.
		await rename(aside, path).catch(() => undefined);
		return;
	}
	await rm(aside, { recursive: true, force: true });
}

/**
 * Runs `work` while no other process holds the lock at `path`.
 * A lock whose process is gone, or that gave no sign of life for 30 s, is taken over.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(owner: Owner | undefined) => void} [onWait] called once, when another process holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
	const token = randomUUID();
	await mkdir(dirname(path), { recursive: true });
	let seenMtime = -1;
	let seenSince = performance.now();
	let told = false;
	for (;;) {
		try {
			await mkdir(path);
			break;
		} catch (error) {
			if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
		}
		const owner = await readOwner(path);
		const mtime = (await stat(path).catch(() => undefined))?.mtimeMs ?? -1;
		// Measured by this process's own clock: a laptop that slept must not make a live lock look old.
		if (mtime !== seenMtime) {
			seenMtime = mtime;
			seenSince = performance.now();
		}
		const dead = owner !== undefined && owner.host === hostname() && !isAlive(owner.pid);
		if (dead || performance.now() - seenSince > STALE_AFTER_MS) {
			await removeStale(path, owner);
			continue;
		}
		if (!told) {
			told = true;
			onWait?.(owner);
		}
		await sleep(500);
	}
	/** @type {Owner} */
	const me = { token, pid: process.pid, host: hostname() };
	const release = () => rmSync(path, { recursive: true, force: true });
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(path, now, now).catch(() => undefined);
	}, HEARTBEAT_MS);
	heartbeat.unref();
	process.once('exit', release);
	try {
		await writeFile(join(path, 'owner.json'), JSON.stringify(me));
		return await work();
	} finally {
		clearInterval(heartbeat);
		process.off('exit', release);
		release();
	}
}
