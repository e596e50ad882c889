// Ends just what was started here: a child and the group it leads, by its own id.
import { spawnSync } from 'node:child_process';

/**
 * @param {import('node:child_process').ChildProcess} child started with `detached: true` (but on Windows)
 * @param {NodeJS.Signals} signal
 */
export function endGroup(child, signal) {
	if (child.pid === undefined) return;
	if (process.platform === 'win32') {
		// Windows has no process groups; taskkill ends the tree below this id.
		spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
		return;
	}
	try {
		process.kill(-child.pid, signal);
	} catch {
		// The whole group has ended already.
	}
}

/**
 * Turns a signal that asks this process to end into one call; a second one within a second is
 * the same key press, reaching us from the terminal and again through the parent.
 *
 * @param {(signal: NodeJS.Signals, again: boolean) => void} handle
 * @returns {() => void} stops listening
 */
export function onEndSignal(handle) {
	let last = -Infinity;
	let count = 0;
	/** @param {NodeJS.Signals} signal */
	const listener = (signal) => {
		const now = performance.now();
		if (now - last < 1_000) return;
		last = now;
		count += 1;
		handle(signal, count > 1);
	};
	/** @type {NodeJS.Signals[]} */
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
	for (const signal of signals) process.on(signal, listener);
	return () => {
		for (const signal of signals) process.off(signal, listener);
	};
}

/** The exit code that a shell shows for a process ended by a signal. */
export const exitCodes = /** @type {Record<string, number>} */ ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });
