/** Filters and ordering of instance lists (reference, 1.1), shared by both lists and the form field details. */
import { activeNodes, progressOf, stateOf, statusOf } from './lifecycle.mts';
import type { QueryValue } from './drf.mts';
import type { TIME_FILTERS } from './openapi.mts';
import type { Switches } from './switches.mts';
import type { Instance, Micros } from './types.mts';

export type Query = Record<string, QueryValue>;

interface Scope {
	now: Micros;
	switches: Switches;
}

type Test = (instance: Instance) => boolean;

const endedAt = (instance: Instance) => instance.aborted ?? instance.completed;
const runtime = (instance: Instance, now: Micros) => (endedAt(instance) ?? now) - instance.started;
const within = (value: number | null, low?: number, high?: number) =>
	value !== null && (low === undefined || value >= low) && (high === undefined || value <= high);

const timeOf: Record<Exclude<(typeof TIME_FILTERS)[number], 'step_deadline'>, (instance: Instance) => Micros | null> = {
	started_time: ({ started }) => started,
	last_updated_time: ({ lastUpdated }) => lastUpdated,
	deadline: ({ deadline }) => deadline,
	aborted_time: ({ aborted }) => aborted,
	completed_time: ({ completed }) => completed,
	ended_time: endedAt,
};

/** Every filter narrows the result; all ranges are inclusive at both ends (`gte`/`lte` in django-filter). */
export function filterInstances(instances: Instance[], query: Query, scope: Scope): Instance[] {
	const tests = testsFor(query, scope);
	return tests.length === 0 ? instances : instances.filter((instance) => tests.every((test) => test(instance)));
}

function testsFor(query: Query, { now, switches }: Scope): Test[] {
	const tests: Test[] = [];
	const text = (name: string) => query[name] as string | undefined;
	const number = (name: string) => query[name] as number | undefined;
	const range = (low: string, high: string, value: (instance: Instance) => number | null) => {
		if (query[low] === undefined && query[high] === undefined) return;
		tests.push((instance) => within(value(instance), number(low), number(high)));
	};

	const name = text('name')?.toLowerCase();
	if (name) tests.push((instance) => (instance.name ?? '').toLowerCase().includes(name));
	if (query.status) tests.push((instance) => statusOf(instance) === query.status);
	if (query.priority) tests.push((instance) => instance.priority === query.priority);

	const tags =
		text('tags')
			?.split(',')
			.map((tag) => tag.trim())
			.filter(Boolean) ?? [];
	if (tags.length > 0) tests.push((instance) => tags.some((tag) => instance.tags.includes(tag)));

	const stepId = number('active_step_id');
	if (stepId !== undefined) tests.push((instance) => isActive(instance, stepId, switches));

	for (const [filter, time] of Object.entries(timeOf)) range(`${filter}_after`, `${filter}_before`, time);
	if (query.step_deadline_after !== undefined || query.step_deadline_before !== undefined) {
		tests.push(
			(instance) =>
				statusOf(instance) === 'running' &&
				activeNodes(instance, true).some((node) =>
					within(stateOf(instance, node).deadline, number('step_deadline_after'), number('step_deadline_before')),
				),
		);
	}
	const scale = switches.progressUnit === 'percent' ? 100 : 1;
	range('progress_min', 'progress_max', (instance) => progressOf(instance) * scale);
	range('total_runtime_min', 'total_runtime_max', (instance) => runtime(instance, now));
	if (switches.undocumentedFilters === 'apply') tests.push(...undocumented(query));
	return tests;
}

/** "Instances in which that step is not completed and currently active" (list page). */
function isActive(instance: Instance, stepId: number, switches: Switches): boolean {
	const status = statusOf(instance);
	if (status === 'completed' || (status === 'aborted' && !switches.abortedKeepsActiveSteps)) return false;
	return instance.steps.get(stepId)?.status === 'active';
}

/** Invented meanings for parameters the docs list without a word. */
function undocumented(query: Query): Test[] {
	const tests: Test[] = [];
	const same = (name: string, value: (instance: Instance) => number | undefined) => {
		if (query[name] !== undefined) tests.push((instance) => String(value(instance)) === query[name]);
	};
	same('id', ({ id }) => id);
	same('process', ({ workflow }) => workflow.def.id);
	same('organization', ({ workflow }) => workflow.def.organizationId);
	same('lead_user', ({ workflow }) => workflow.def.leadUserId);
	const ids = (query.instance_ids as string | undefined)?.split(',').map(Number);
	if (ids) tests.push(({ id }) => ids.includes(id));
	const words = (query.query as string | undefined)?.toLowerCase();
	if (words) {
		tests.push(({ name, tags }) => [name ?? '', ...tags].some((part) => part.toLowerCase().includes(words)));
	}
	return tests;
}

export type SortKey = string | number | null;

const sortKeys: Record<string, (instance: Instance, now: Micros) => SortKey> = {
	id: ({ id }) => id,
	name: ({ name }) => name,
	started_time: ({ started }) => started,
	last_updated_time: ({ lastUpdated }) => lastUpdated,
	status: (instance) => statusOf(instance),
	priority: ({ priority }) => priority,
	progress: (instance) => progressOf(instance),
	deadline: ({ deadline }) => deadline,
	ended_time: endedAt,
	total_runtime: runtime,
};

export interface Sorted {
	instance: Instance;
	/** What it was sorted by, the id last. */
	keys: SortKey[];
}

/** Compares sort keys as PostgreSQL does: null is larger than anything. */
function compareKeys(a: SortKey, b: SortKey): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return a < b ? -1 : 1;
}

/** The order asked for, ties by ascending id. */
export function comparator(orderings: string[]) {
	const directions = [...orderings.map((ordering) => (ordering.startsWith('-') ? -1 : 1)), 1];
	return (a: SortKey[], b: SortKey[]) => {
		for (let i = 0; i < directions.length; i += 1) {
			const order = compareKeys(a[i], b[i]) * directions[i];
			if (order !== 0) return order;
		}
		return 0;
	};
}

export function orderingsOf(query: Query, { switches }: Scope): string[] {
	return (query.ordering as string[] | undefined) ?? [switches.defaultOrdering];
}

export function sortInstances(instances: Instance[], orderings: string[], now: Micros): Sorted[] {
	const shuffled = orderings.includes('shuffled');
	const read = shuffled ? [() => Math.random()] : orderings.map((ordering) => sortKeys[ordering.replace('-', '')]);
	const compare = comparator(orderings);
	return instances
		.map((instance) => ({ instance, keys: [...read.map((key) => key(instance, now)), instance.id] }))
		.sort((a, b) => compare(a.keys, b.keys));
}
