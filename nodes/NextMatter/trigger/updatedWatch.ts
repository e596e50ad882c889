import type { InstanceRow } from '../api/types';
import { toMicros } from './times';
import type { Timeline } from './timeline';
import { between, instancesBy, OVERLAP_MICROS, timeOfFirst, walk } from './timeline';
import type { Found, Poll, Watch, Watching } from './watch';
import { firstOf, withDetails } from './watch';

interface State {
	/** Every change up to this time was given, in microseconds; null: there was no instance. */
	last: number | null;
	/** IDs of the instances that were given with exactly this time. */
	atLast: number[];
	/** From here on `seen` is complete, in microseconds; null: from the beginning. */
	cursor: number | null;
	/** IDs of the instances whose last change, from `cursor` to `last`, was given. */
	seen: number[];
	/** How many there are from `cursor` to `last`, where a poll has counted them. */
	count?: number;
	/** Which of two questions the next poll asks when nothing is new. */
	asksTies?: boolean;
}

type Line = Timeline<InstanceRow>;

const NO_END = Number.POSITIVE_INFINITY;

const idOf = ({ id }: { id: number }) => id;

/** Instances that became visible late, with a time before the last one. */
async function readLate(watching: Watching, line: Line, { last, cursor, seen, count }: State, quiet: boolean) {
	const given = new Set(seen);
	const page = quiet ? await line.list(between(line, cursor, last, true)) : undefined;
	const counted = page && (!page.next || (page.count !== undefined && page.count === count));
	if (counted && page.rows.every(({ id }) => given.has(id))) return { late: [], rows: undefined, whole: true };
	const { rows, upTo } = await walk(watching, line, cursor, last, NO_END);
	return { late: rows.filter(({ id }) => !given.has(id)), rows, whole: upTo === last };
}

/** Instances that changed at exactly the last time, but after it was read: coarse clocks do that. */
async function readTies(watching: Watching, line: Line, { last, atLast }: State): Promise<InstanceRow[]> {
	const given = new Set(atLast);
	return (await walk(watching, line, last, last, NO_END)).rows.filter(({ id }) => !given.has(id));
}

/** When nothing is newer, the two other questions take turns, so that a poll costs two requests. */
async function quietStep(watching: Watching, line: Line, state: State): Promise<Poll<State>> {
	if (state.last === null) return { found: [], state };
	const { late, rows, whole } = state.asksTies
		? { late: [], rows: undefined, whole: true }
		: await readLate(watching, line, state, true);
	// Whether a late one has exactly the last time, only this tells.
	const ties = state.asksTies || late.length > 0 ? await readTies(watching, line, state) : [];
	const fresh = [...new Map([...ties, ...late].map((row) => [row.id, row])).values()];
	const found = await withDetails(watching, fresh.map((row) => ({ row })));
	const given = new Set(found.map(({ row }) => row.id));
	return {
		found,
		state: {
			...state,
			atLast: [...state.atLast, ...ties.map(idOf).filter((id) => given.has(id))],
			seen: [...new Set([...state.seen, ...given])],
			...(rows && whole && given.size === fresh.length ? { count: rows.length } : {}),
			asksTies: !state.asksTies,
		},
	};
}

/** Gives what changed up to `latest`, the time of an instance that was read after the state's last time. */
async function newStep(watching: Watching, line: Line, state: State, latest: number): Promise<Poll<State>> {
	const { last } = state;
	const { late, rows = [], whole } =
		last === null ? { late: [], whole: true } : await readLate(watching, line, state, false);
	const ties = last === null ? [] : await readTies(watching, line, state);
	// The latest ones first: one that changes in between is then in neither list, and left for the next poll.
	const atLatest = (await walk(watching, line, latest, latest, NO_END)).rows;
	const changed = (await walk(watching, line, last === null ? null : last + 1, latest - 1, NO_END)).rows;

	const fresh = [...new Map([...late, ...ties, ...changed, ...atLatest].map((row) => [row.id, row])).values()];
	const found = await withDetails(watching, fresh.map((row) => ({ row })));
	const given = new Set(found.map(({ row }) => row.id));
	if (found.length === fresh.length) {
		const moved = whole
			? { cursor: latest - OVERLAP_MICROS, seen: [...new Set([...rows.map(idOf), ...given])] }
			: { cursor: state.cursor, seen: [...new Set([...state.seen, ...given])] };
		return { found, state: { last: latest, atLast: atLatest.map(idOf), ...moved } };
	}

	// The time was up. What was given lies before what was not, so it goes on after the last one given.
	const isGiven = ({ id }: InstanceRow) => given.has(id);
	const rest = { cursor: state.cursor, seen: [...new Set([...state.seen, ...given])] };
	if ([...late, ...ties, ...changed].every(isGiven)) {
		return { found, state: { last: latest, atLast: atLatest.filter(isGiven).map(idOf), ...rest } };
	}
	// One that changed again since it was listed has a later time by now, and does not tell how far this poll came.
	const times = new Map(found.map(({ row, instance }) => [row.id, toMicros(instance?.last_updated_time) ?? latest]));
	const inPlace = changed.filter(({ id }) => (times.get(id) ?? latest) < latest);
	if (inPlace.length === 0) {
		return { found, state: { last, atLast: [...state.atLast, ...ties.filter(isGiven).map(idOf)], ...rest } };
	}
	const reached = Math.max(...inPlace.map(({ id }) => times.get(id)!));
	const atReached = inPlace.map(idOf).filter((id) => times.get(id) === reached);
	return { found, state: { last: reached, atLast: atReached, ...rest } };
}

/**
 * Every change of an instance. One request asks for instances that changed after the last known
 * time. Is there one, its own time becomes the next last time, and the changes up to it are asked
 * for with both ends given: that answer cannot grow any more, so nothing falls between two polls.
 */
export const updatedWatch: Watch<State> = {
	async poll(watching, state) {
		const line = instancesBy(watching, 'last_updated_time');
		if (!state) {
			const { rows } = await line.list(between(line, null, null, true));
			const last = (await timeOfFirst(watching, line, rows)) ?? null;
			if (last === null) return { found: [], state: { last, atLast: [], cursor: null, seen: [] } };
			const cursor = last - OVERLAP_MICROS;
			const known = (await walk(watching, line, cursor, last, NO_END)).rows;
			const atLast = (await walk(watching, line, last, last, NO_END)).rows;
			return { found: [], state: { last, atLast: atLast.map(idOf), cursor, seen: known.map(idOf), count: known.length } };
		}

		const found: Found[] = [];
		for (let now = state; ; ) {
			const newer = await line.list(between(line, now.last === null ? null : now.last + 1, null));
			const latest = await timeOfFirst(watching, line, [...newer.rows].reverse());
			const step = latest === undefined ? await quietStep(watching, line, now) : await newStep(watching, line, now, latest);
			found.push(...step.found);
			now = step.state;
			if (latest === undefined || !newer.next || Date.now() >= watching.deadline) return { found, state: now };
		}
	},
	sample: async (watching) => await firstOf(watching, { ordering: '-last_updated_time' }),
};
