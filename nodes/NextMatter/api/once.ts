import { ServiceError } from '../../kernel/errors';
import { pause } from '../../kernel/schedule';
import type { FieldInput } from '../formFields';
import type { NextMatterClient } from './client';
import type { Instance, InstanceFields } from './types';

/** How often to look whether the work was done, after a reply was lost, and how long before each look. */
const LOOKS_MS = [500, 2_000, 5_000];

/** A step that is still active after an unclear failure is sent again this often. */
const MOST_REPEATS = 2;

const isUnclear = (error: unknown): error is ServiceError =>
	error instanceof ServiceError && error.failure.unclear && error.failure.kind !== 'cancelled';

/** The last work under way for a key, in this process. */
const underWay = new Map<string, Promise<unknown>>();

/** Runs `work` after all earlier work with the same key in this process has ended, however it ended. */
export async function oneAtATime<T>(key: string, work: () => Promise<T>): Promise<T> {
	const before = underWay.get(key) ?? Promise.resolve();
	const mine = before.then(work, work);
	const settled = mine.then(
		() => undefined,
		() => undefined,
	);
	underWay.set(key, settled);
	try {
		return await mine;
	} finally {
		if (underWay.get(key) === settled) underWay.delete(key);
	}
}

/** The oldest instance of the workflow that carries the tag. */
async function findByTag(client: NextMatterClient, workflowId: number, tag: string): Promise<Instance | undefined> {
	// Several tags mean "or". A service that stores tags in small letters may look for them as they are sent.
	const tags = [...new Set([tag, tag.toLowerCase()])].join(',');
	const rows = await client.listInstances(workflowId, { tags, ordering: 'started_time' });
	for (const { id } of rows) {
		// Rows have no tags, and what the filter matches exactly is not documented.
		const instance = await client.getInstance(id).catch((error: unknown) => {
			if (error instanceof ServiceError && error.status === 404) return undefined;
			throw error;
		});
		if (instance?.tags?.some((other) => other.toLowerCase() === tag.toLowerCase())) return instance;
	}
	return undefined;
}

/**
 * Creates an instance that carries `key` as a tag, unless one of the workflow carries it already.
 * After a lost reply it looks for the instance, and never creates again by itself.
 */
export async function createOnce(
	client: NextMatterClient,
	workflowId: number,
	fields: InstanceFields,
	key: string,
): Promise<{ instance: Instance; existed: boolean }> {
	return await oneAtATime(`${client.account} ${workflowId} ${key}`, async () => {
		const existing = await findByTag(client, workflowId, key);
		if (existing) return { instance: existing, existed: true };
		const tags = [...new Set([...(fields.tags ?? []), key])];
		let failed: unknown;
		try {
			return { instance: await client.createInstance(workflowId, { ...fields, tags }), existed: false };
		} catch (error) {
			failed = error;
		}
		for (const wait of isUnclear(failed) ? LOOKS_MS : []) {
			await pause(wait, client.signal);
			// Whatever a look fails with, what matters is that the outcome of the creation is not known.
			const created = await findByTag(client, workflowId, key).catch(() => undefined);
			if (created) return { instance: created, existed: false };
		}
		if (isUnclear(failed)) {
			failed.description =
				"It could not be found by its 'Deduplication Key' up to now. Run this item again later: with the same key no second one is created.";
		}
		throw failed as Error;
	});
}

/**
 * Completes a step. After an unclear failure it looks whether the step is still active: if not, the
 * work was done and the instance is returned; if so, it sends again.
 */
export async function completeOnce(
	client: NextMatterClient,
	id: number,
	stepId: number,
	fields: FieldInput[],
): Promise<Instance> {
	for (let repeats = 0; ; repeats++) {
		let failed: unknown;
		try {
			return await client.completeStep(id, stepId, fields, 'complete');
		} catch (error) {
			failed = error;
		}
		// A refusal of a repeated call may say that the first one did the work after all.
		const look = isUnclear(failed) || (repeats > 0 && failed instanceof ServiceError && failed.status === 400);
		if (!look) throw failed as Error;
		await pause(LOOKS_MS[0], client.signal);
		const instance = await client.getInstance(id).catch(() => undefined);
		if (instance && !instance.active_step_ids?.includes(stepId)) return instance;
		if (!instance || repeats >= MOST_REPEATS || !isUnclear(failed)) throw failed as Error;
	}
}
