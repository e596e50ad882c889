// What the tools print while they work: one line for a step, with the time it has taken.
const REDRAW_MS = 1_000;
/** Where lines cannot be redrawn (a log file, CI), one line now and then shows that it still runs. */
const LOG_EVERY_MS = 20_000;

/** @param {number} ms */
export function elapsed(ms) {
	if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1000);
	if (seconds < 60) return `${seconds} s`;
	return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/**
 * Shows that `work` is going on, and how long it took.
 *
 * @template T
 * @param {string} label
 * @param {(note: (text: string) => void) => Promise<T>} work gets a function that adds a note to the line
 * @param {{ quietUnderMs?: number }} [options] nothing is printed for work done within this time
 * @returns {Promise<T>}
 */
export async function withProgress(label, work, options = {}) {
	const out = process.stderr;
	const begin = performance.now();
	let noteText = '';
	let lastLog = begin;
	const line = () => `${label} … ${elapsed(performance.now() - begin)}${noteText ? ` (${noteText})` : ''}`;
	const started = () => performance.now() - begin >= (options.quietUnderMs ?? 0);
	const clear = () => {
		if (out.isTTY) out.write('\r\u001b[2K');
	};
	const timer = setInterval(() => {
		if (!started()) return;
		if (out.isTTY) {
			// Cut to the width of the terminal: a wrapped line cannot be redrawn.
			out.write(`\r\u001b[2K  ${line().slice(0, Math.max(20, (out.columns ?? 80) - 4))}`);
		} else if (performance.now() - lastLog >= LOG_EVERY_MS) {
			lastLog = performance.now();
			out.write(`  ${line()}\n`);
		}
	}, REDRAW_MS);
	timer.unref();
	try {
		const result = await work((text) => {
			noteText = text;
		});
		if (started()) {
			clear();
			out.write(`✔ ${label} (${elapsed(performance.now() - begin)})\n`);
		}
		return result;
	} catch (error) {
		clear();
		out.write(`✖ ${label} (${elapsed(performance.now() - begin)})\n`);
		throw error;
	} finally {
		clearInterval(timer);
	}
}
