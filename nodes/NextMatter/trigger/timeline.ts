import type { Page } from '../../kernel/paginate';
import type { Instance, InstanceFilters, InstanceRow } from '../api/types';
import { fromMicros, toMicros } from './times';
import type { Watching } from './watch';
import { instancePage, readIfThere } from './watch';

/** Rows in the order of a time that the API filters and sorts by, but does not show in them. */
export interface Timeline<Row> {
	list(query: InstanceFilters, link?: string): Promise<Page<Row>>;
	id(row: Row): number;
	/** Such as `started_time`, of which there are `started_time_after` and `started_time_before`. */
	filter: string;
	ordering: string;
	time(instance: Instance): string | null | undefined;
}

/**
 * How far back from the last known event lists are read again, in microseconds: what is written at
 * the same time can become visible in another order.
 */
export const OVERLAP_MICROS = 5 * 60 * 1_000_000;

/** The instances of the workflow by one of their times. `query` narrows them. */
export function instancesBy(
	watching: Watching,
	filter: 'started_time' | 'last_updated_time',
	query: InstanceFilters = {},
): Timeline<InstanceRow> {
	return {
		list: async (more, link) => await instancePage(watching, { ...query, ...more }, link),
		id: ({ id }) => id,
		filter,
		ordering: filter,
		time: (instance) => instance[filter],
	};
}

/** The part of a time line between two times in microseconds, both included; null: open. */
export const between = (
	{ filter, ordering }: Timeline<unknown>,
	from: number | null,
	until: number | null,
	newestFirst = false,
): InstanceFilters => ({
	...(from === null ? {} : { [`${filter}_after`]: fromMicros(from) }),
	...(until === null ? {} : { [`${filter}_before`]: fromMicros(until) }),
	ordering: newestFirst ? `-${ordering}` : ordering,
});

/** How often rows with one and the same time are read, until nothing moves meanwhile. */
const ROUNDS = 3;

/** How many rows may have been deleted or changed since they were listed, before asking is given up. */
const TRIES = 10;

/** The time of the first of the rows that still exists and has one, not after `until`, in microseconds. */
export async function timeOfFirst<Row>(
	{ client }: Watching,
	line: Timeline<Row>,
	rows: Row[],
	until = Number.POSITIVE_INFINITY,
): Promise<number | undefined> {
	for (const row of rows.slice(0, TRIES)) {
		const instance = await readIfThere(client, line.id(row));
		const time = instance && toMicros(line.time(instance));
		if (time !== undefined && time <= until) return time;
	}
	return undefined;
}

export interface Walked<Row> {
	/** Oldest first, each instance once. */
	rows: Row[];
	/** Up to where everything was read, in microseconds; null: nothing is certain. */
	upTo: number | null;
}

/**
 * Reads a time line. Each page begins at the time of the last row of the page before, so rows that
 * are deleted or change meanwhile cannot push others past a border between pages. `until` must lie
 * in the past where times can change: then a row that shows a time up to there has kept its place.
 */
export async function walk<Row>(
	watching: Watching,
	line: Timeline<Row>,
	from: number | null,
	until: number | null,
	deadline = watching.deadline,
): Promise<Walked<Row>> {
	const rows = new Map<number, Row>();
	for (let at = from; ; ) {
		const page = await line.list(between(line, at, until));
		for (const row of page.rows) rows.set(line.id(row), row);
		if (!page.next) return { rows: [...rows.values()], upTo: until ?? Number.POSITIVE_INFINITY };
		const time = await timeOfFirst(watching, line, [...page.rows].reverse(), until ?? undefined);
		const before = at === null ? null : at - 1;
		if (time === undefined || (at !== null && time <= at)) {
			const whole = await readTies(line, between(line, at, until), rows, deadline);
			return { rows: [...rows.values()], upTo: whole ? (until ?? Number.POSITIVE_INFINITY) : before };
		}
		if (Date.now() >= deadline) return { rows: [...rows.values()], upTo: time - 1 };
		at = time;
	}
}

/**
 * More rows of one and the same time than a page holds: only page numbers lead on, and rows may
 * slip past them. Read again until the service counts the same on every page and all were seen.
 */
async function readTies<Row>(
	line: Timeline<Row>,
	query: InstanceFilters,
	rows: Map<number, Row>,
	deadline: number,
): Promise<boolean> {
	for (let round = 0; round < ROUNDS; round++) {
		const start = await line.list(query);
		const seen = new Set<number>();
		let steady = true;
		for (let page = start; ; page = await line.list(query, page.next)) {
			for (const row of page.rows) rows.set(line.id(row), row);
			for (const row of page.rows) seen.add(line.id(row));
			steady &&= page.count === start.count;
			if (!page.next) break;
			if (Date.now() >= deadline) return false;
		}
		if (steady && (start.count ?? seen.size) === seen.size) return true;
	}
	return false;
}

/** Everything from a time on. */
export interface Recent<Row> extends Walked<Row> {
	/** The latest time among them, in microseconds, where it had to be asked for. */
	latest?: number;
	/** Whether they came on one page. */
	short: boolean;
}

/** Reads everything after a first page, which came newest first, did not hold it all. */
export async function readAll<Row>(
	watching: Watching,
	line: Timeline<Row>,
	page: Page<Row>,
	from: number | null,
): Promise<Recent<Row>> {
	if (!page.next) return { rows: [...page.rows].reverse(), upTo: Number.POSITIVE_INFINITY, short: true };
	const latest = await timeOfFirst(watching, line, page.rows);
	if (latest === undefined) return { rows: [...page.rows].reverse(), upTo: null, short: false };
	return { ...(await walk(watching, line, from, latest)), latest, short: false };
}
