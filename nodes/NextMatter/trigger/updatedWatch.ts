import type { InstanceFilters } from '../api/types';
import { fromMicros, toMicros } from './times';
import type { Found, Watch } from './watch';
import { allRows, firstPage, newest, readIfThere, readInOrder } from './watch';

interface State {
	/** The list is read from here on, in microseconds; null: from the beginning. */
	cursor: number | null;
	/** Time of the last change given, or seen at the base line, of each instance from `cursor` on. */
	versions: Record<string, number>;
	/** Whether a whole poll has confirmed that everything up to `cursor` is given. */
	settled: boolean;
	/** Whether the last poll ran out of time: the rows up to the first that is not in `versions` were read. */
	backlog?: boolean;
}

/** Added to the time that reading took: how far back changes may be that the list did not yet show. */
const MARGIN_MICROS = 2 * 1_000_000;

const from = (cursor: number | null): InstanceFilters => ({
	ordering: 'last_updated_time',
	...(cursor === null ? {} : { last_updated_time_after: fromMicros(cursor) }),
});

const notBefore = (versions: Map<number, number>, cursor: number): Record<string, number> =>
	Object.fromEntries([...versions].filter(([, time]) => time >= cursor));

/**
 * Every change of an instance. Lists do not show when a row changed, so the rows from the cursor on
 * are read; once a poll has found them unchanged, it is enough to ask whether there are any later.
 */
export const updatedWatch: Watch<State> = {
	async poll(watching, state) {
		const began = Date.now();
		if (!state) {
			const { rows } = await firstPage(watching, { ordering: '-last_updated_time' }, 1);
			const instance = rows.length > 0 ? await readIfThere(watching.client, rows[0].id) : undefined;
			const time = instance && toMicros(instance.last_updated_time);
			if (!instance || time === undefined) return { found: [], state: { cursor: null, versions: {}, settled: false } };
			const cursor = time - MARGIN_MICROS;
			const read = await readInOrder(watching, await allRows(watching, from(cursor)));
			const versions = new Map([...read].map(([id, other]) => [id, toMicros(other?.last_updated_time) ?? 0]));
			return { found: [], state: { cursor, versions: notBefore(versions, cursor), settled: false } };
		}

		const known = new Map(Object.entries(state.versions).map(([id, time]) => [Number(id), time]));
		const rows = await allRows(watching, from(state.cursor));
		let candidates = rows;
		if (state.settled && state.cursor !== null) {
			const changed = rows.some(({ id }) => known.has(id)) ? await allRows(watching, from(state.cursor + 1)) : rows;
			const later = new Set(changed.map(({ id }) => id));
			candidates = rows.filter(({ id }) => later.has(id) || !known.has(id));
			if (candidates.length === 0) return { found: [], state };
		} else if (state.backlog) {
			// Rows are in order of change: one that changed since then stands behind those that were left.
			const left = rows.findIndex(({ id }) => !known.has(id));
			if (left > 0) candidates = rows.slice(left);
		}

		const read = await readInOrder(watching, candidates);
		const versions = new Map(known);
		const found: Found[] = [];
		const firstUnread = candidates.findIndex(({ id }) => !read.has(id));
		const finished = firstUnread < 0 ? candidates : candidates.slice(0, firstUnread);
		for (const row of finished) {
			const instance = read.get(row.id);
			const time = toMicros(instance?.last_updated_time);
			if (!instance || time === undefined) continue;
			if (versions.get(row.id) !== time) found.push({ row, instance });
			versions.set(row.id, time);
		}
		if (finished.length < candidates.length) {
			const { cursor } = state;
			return { found, state: { cursor, versions: Object.fromEntries(versions), settled: false, backlog: true } };
		}
		const latest = Math.max(state.cursor ?? 0, ...versions.values());
		if (latest === 0) return { found, state };
		if (found.length === 0 && !state.backlog) {
			return { found, state: { cursor: latest, versions: notBefore(versions, latest), settled: true } };
		}
		// A change while this poll was reading may be older than the latest time that it read.
		const gap = (Date.now() - began) * 1000 + MARGIN_MICROS;
		const cursor = Math.max(state.cursor ?? 0, latest - gap);
		return { found, state: { cursor, versions: notBefore(versions, cursor), settled: false } };
	},
	sample: async (watching) => await newest(watching, { ordering: '-last_updated_time' }),
};
