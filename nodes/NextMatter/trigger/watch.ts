import type { IDataObject } from 'n8n-workflow';

import { ServiceError } from '../../kernel/errors';
import type { Page } from '../../kernel/paginate';
import { schedule } from '../../kernel/schedule';
import type { NextMatterClient } from '../api/client';
import type { Instance, InstanceFilters, InstanceRow } from '../api/types';

/** What a poll found, and what to remember for the next one. */
export interface Poll<State> {
	found: Found[];
	state: State;
}

/** One event, about one instance. */
export interface Found {
	row: InstanceRow;
	/** The whole instance, where it was read anyway. */
	instance?: Instance;
	/** What the event adds to the output. */
	extra?: IDataObject;
}

/** What a watch works with in one poll. */
export interface Watching {
	client: NextMatterClient;
	workflowId: number;
	/** The user's filters in wire form. */
	filters: InstanceFilters;
	/** When to stop, in milliseconds since 1970. What is left then comes with the next poll. */
	deadline: number;
	/** Whether every event is wanted with its whole instance. */
	details: boolean;
}

/**
 * One kind of event. `poll` without a state sets the base line and finds nothing. State is plain
 * JSON. Nothing is remembered when a poll fails, so the next one sees the same again.
 */
export interface Watch<State> {
	poll(watching: Watching, state: State | undefined): Promise<Poll<State>>;
	/** The newest instance that the event could be about, for a test run in the editor. */
	sample(watching: Watching): Promise<Found | undefined>;
}

/** Rows in one request: the largest page of the API. */
const PAGE = 500;

const CONCURRENCY = 5;

/** One page of instances. `link`: the `next` of the page before. */
export async function instancePage(
	{ client, workflowId, filters }: Watching,
	query: InstanceFilters,
	link?: string,
): Promise<Page<InstanceRow>> {
	return await client.instancePage(workflowId, { ...filters, ...query }, PAGE, link);
}

/** The instance; undefined when it was deleted meanwhile. */
export async function readIfThere(client: NextMatterClient, id: number): Promise<Instance | undefined> {
	try {
		return await client.getInstance(id);
	} catch (error) {
		if (!(error instanceof ServiceError) || error.status !== 404) return await Promise.reject(error as Error);
	}
	return undefined;
}

/**
 * Adds the whole instances where they are wanted: side by side, until the time is up or the service
 * fails. Gives the events up to the first that could not be read, in their order; the caller leaves
 * the others for the next poll. An instance that was deleted meanwhile stays without.
 */
export async function withDetails(watching: Watching, events: Found[]): Promise<Found[]> {
	if (!watching.details) return events;
	const read = new Map<number, Instance | undefined>();
	let failed: unknown;
	await schedule({
		count: events.length,
		concurrency: CONCURRENCY,
		lane: () => undefined,
		async run(position) {
			try {
				read.set(position, await readIfThere(watching.client, events[position].row.id));
			} catch (error) {
				failed ??= error;
			}
			return failed === undefined && Date.now() < watching.deadline;
		},
	});
	const firstUnread = events.findIndex((_, position) => !read.has(position));
	// What could be read counts; a service that does not even give the first one is an error.
	if (firstUnread === 0 && failed !== undefined) throw failed as Error;
	const given = firstUnread < 0 ? events : events.slice(0, firstUnread);
	return given.map((event, position) => ({ ...event, instance: read.get(position) }));
}

/** The first row of a query, as a sample. */
export async function firstOf(watching: Watching, query: InstanceFilters): Promise<Found | undefined> {
	const { client, workflowId, filters } = watching;
	const { rows } = await client.instancePage(workflowId, { ...filters, ...query }, 1);
	return rows.length > 0 ? { row: rows[0] } : undefined;
}
