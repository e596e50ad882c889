import type { Page } from '../../kernel/paginate';
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

/** Whether a page, newest first, shows that nothing came to what is known. `count`: how many are known. */
const isKnown = ({ rows, next, count: counted }: Page<InstanceRow>, known: number[], count?: number): boolean => {
	const ids = new Set(known);
	return (!next || (counted !== undefined && counted === count)) && rows.every(({ id }) => ids.has(id));
};

const without = (rows: InstanceRow[], known: number[]): InstanceRow[] => {
	const ids = new Set(known);
	return rows.filter(({ id }) => !ids.has(id));
};

/** Instances that became visible late, with a time before the last one; `rows`: all from the cursor on. */
async function readLate(watching: Watching, line: Line, { last, cursor, seen }: State) {
	const { rows, upTo } = await walk(watching, line, cursor, last, NO_END);
	return { late: without(rows, seen), rows, whole: upTo === last };
}

/** Instances that changed at exactly the last time, but after it was read: coarse clocks do that. */
async function readTies(watching: Watching, line: Line, { last, atLast }: State): Promise<InstanceRow[]> {
	return without((await walk(watching, line, last, last, NO_END)).rows, atLast);
}

/** When nothing is newer, the two other questions take turns, so that a poll costs two requests. */
async function quietStep(watching: Watching, line: Line, state: State): Promise<Poll<State>> {
	if (state.last === null) return { found: [], state };
	const { asksTies } = state;
	const range = between(line, asksTies ? state.last : state.cursor, state.last, true);
	const page = await line.list(range);
	const next = { ...state, asksTies: !asksTies };
	if (asksTies ? isKnown(page, state.atLast, state.atLast.length) : isKnown(page, state.seen, state.count)) {
		return { found: [], state: next };
	}
	const { late, rows, whole } = asksTies ? { late: [], rows: undefined, whole: true } : await readLate(watching, line, state);
	// Whether a late one has exactly the last time, only this tells.
	const ties = asksTies || late.length > 0 ? await readTies(watching, line, state) : [];
	const fresh = [...new Map([...ties, ...late].map((row) => [row.id, row])).values()];
	const found = await withDetails(watching, fresh.map((row) => ({ row })));
	const given = new Set(found.map(({ row }) => row.id));
	return {
		found,
		state: {
			...next,
			atLast: [...state.atLast, ...ties.map(idOf).filter((id) => given.has(id))],
			seen: [...new Set([...state.seen, ...given])],
			...(rows && whole && given.size === fresh.length ? { count: rows.length } : {}),
		},
	};
}

/** Gives what changed up to `latest`, the time of an instance that was read after the state's last time. */
async function newStep(watching: Watching, line: Line, state: State, latest: number): Promise<Poll<State>> {
	const { last } = state;
	const cursor = latest - OVERLAP_MICROS;
	// In two parts, so that it is known which of them are behind the next cursor.
	const parts = last === null ? [] : [{ ...state, last: Math.min(last, cursor - 1) }, { ...state, cursor: Math.max(cursor, state.cursor ?? 0) }];
	const readings = [];
	for (const part of parts) if ((part.cursor ?? 0) <= part.last!) readings.push(await readLate(watching, line, part));
	const late = readings.flatMap((reading) => reading.late);
	const ties = last === null ? [] : await readTies(watching, line, state);
	// The latest ones first: one that changes in between is then in neither list, and left for the next poll.
	const atLatest = (await walk(watching, line, latest, latest, NO_END)).rows;
	const changed = (await walk(watching, line, last === null ? null : last + 1, latest - 1, NO_END)).rows;

	const fresh = [...new Map([...late, ...ties, ...changed, ...atLatest].map((row) => [row.id, row])).values()];
	const found = await withDetails(watching, fresh.map((row) => ({ row })));
	const given = new Set(found.map(({ row }) => row.id));
	if (found.length === fresh.length) {
		const kept = last !== null && cursor <= last ? readings[readings.length - 1].rows.map(idOf) : [];
		const moved = readings.every(({ whole }) => whole)
			? { cursor, seen: [...new Set([...kept, ...given])] }
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
