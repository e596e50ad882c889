/** The rate limit, counted as DRF's `SimpleRateThrottle` does: a sliding window; refused requests do not count. */
import type { RateLimit } from './switches.mts';

export class Throttle {
	/** Times of granted requests, newest first, per limit. */
	#history = new Map<string, number[]>();

	clear(): void {
		this.#history.clear();
	}

	/**
	 * Counts a request against every limit.
	 *
	 * @returns seconds to wait when it is refused, else undefined.
	 */
	refuse(limits: null | RateLimit | RateLimit[], key: string, now: number): number | undefined {
		const wanted = limits === null ? [] : [limits].flat();
		const windows = wanted.map(({ limit, windowMs }) => {
			const id = `${key} ${limit} ${windowMs}`;
			const history = (this.#history.get(id) ?? []).filter((at) => at > now - windowMs);
			this.#history.set(id, history);
			return { limit, windowMs, history };
		});
		const full = windows.filter(({ history, limit }) => history.length >= limit);
		if (full.length > 0) {
			return Math.max(
				...full.map(({ history, windowMs, limit }) =>
					Math.ceil((windowMs - (now - history.at(-1)!)) / (history.length - limit + 1) / 1000),
				),
			);
		}
		for (const { history } of windows) history.unshift(now);
		return undefined;
	}
}
