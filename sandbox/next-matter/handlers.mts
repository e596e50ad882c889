/** One function per operation of the OpenAPI document, by `operationId`. */
import { mayEnd } from './access.mts';
import type { Call } from './call.mts';
import { detail, invalid } from './drf.mts';
import { filterInstances, orderingsOf, sortInstances, type Sorted } from './filters.mts';
import { bulkTargets, completeStep, createInstance, updateInstance } from './instances.mts';
import { statusOf } from './lifecycle.mts';
import { paginate, paginateByCursor, type Page } from './paging.mts';
import { presentFieldValue, presentInstance, presentProcess, presentProcessRow, presentRow } from './present.mts';
import type { Switches } from './switches.mts';
import type { Instance } from './types.mts';
import { upload } from './uploads.mts';

export interface Answer {
	status: number;
	body?: unknown;
}

export interface Handler {
	/** Whether the operation exists under these switches; without it, always. */
	offered?(switches: Switches): boolean;
	/** Errors are worded by the switch `bulkErrorBodies`. */
	bulk?: boolean;
	run(call: Call): Answer | Promise<Answer>;
}

const ok = (body: unknown): Answer => ({ status: 200, body });

/** The instances of a workflow after filters, in order. */
function listed(call: Call, workflowParameter: string, keep?: (instance: Instance) => boolean) {
	const { switches, store } = call;
	const id = call.id(workflowParameter, 'Process');
	if (!store.workflows.has(id) && switches.unknownProcessList === 'not-found') throw call.notFound('Process');
	const query = call.query();
	const scope = { now: store.now(), switches };
	const all = store.instancesOf(id);
	const filtered = filterInstances(keep ? all.filter(keep) : all, query, scope);
	const orderings = orderingsOf(query, scope);
	return { rows: sortInstances(filtered, orderings, scope.now), orderings };
}

const present = <T,>(page: Page<T>, row: (item: T) => unknown) => ok({ ...page, results: page.results.map(row) });

function bulkDelete(call: Call): Answer {
	const { instances, finish } = bulkTargets(call, (instance) => mayEnd(instance, call.store, call.switches));
	for (const { id } of instances) call.store.delete(id);
	finish();
	return { status: 204 };
}

export const handlers: Record<string, Handler> = {
	processes_instances_list: {
		run: (call) => {
			const { rows } = listed(call, 'process_id');
			return present(paginate(rows, call.pageRequest), ({ instance }: Sorted) => presentRow(call, instance));
		},
	},
	v2_processes_instances_list: {
		offered: ({ v2 }) => v2,
		run: (call) => {
			const { rows, orderings } = listed(call, 'process_id');
			return present(paginateByCursor(rows, orderings, call.pageRequest), ({ instance }) => presentRow(call, instance));
		},
	},
	instances_create: {
		run: (call) => ({ status: 201, body: presentInstance(call, createInstance(call)) }),
	},
	instances_read: {
		run: (call) => {
			const instance = call.instance();
			const { inject_values: values, steps_time_frame: times } = call.query();
			return ok(presentInstance(call, instance, { values: values === true, times: times === true }));
		},
	},
	instances_update: {
		run: (call) => {
			const instance = call.instance();
			updateInstance(call, instance, false);
			return ok(presentInstance(call, instance));
		},
	},
	instances_partial_update: {
		offered: ({ patch }) => patch,
		run: (call) => {
			const instance = call.instance();
			updateInstance(call, instance, true);
			return ok(presentInstance(call, instance));
		},
	},
	instances_complete_step: {
		run: (call) => {
			const instance = call.instance();
			completeStep(call, instance);
			return ok(presentInstance(call, instance));
		},
	},
	instances_bulk_abort: {
		bulk: true,
		run: (call) => {
			const { store, switches } = call;
			const { ids, instances, finish } = bulkTargets(call, (instance) => mayEnd(instance, store, switches));
			const ended = instances.filter((instance) => statusOf(instance) !== 'running');
			if (ended.length > 0 && switches.bulkEndedIds === 'reject') {
				throw invalid({ ids: ended.map(({ id }) => `Instance ${id} has already ended.`) });
			}
			const affected = instances.filter((instance) => statusOf(instance) === 'running').map(({ id }) => id);
			for (const id of affected) store.abort(id);
			finish();
			return { status: 201, body: { ids: switches.bulkAbortReturns === 'sent' ? ids : affected } };
		},
	},
	instances_bulk_delete: { bulk: true, run: bulkDelete },
	instances_bulk_destroy: { bulk: true, offered: ({ deleteBulk }) => deleteBulk, run: bulkDelete },
	processes_steps_actions_read: {
		run: (call) => {
			const workflow = call.workflow('process_id');
			const stepId = call.id('step_id', 'ProcessStep');
			const found = workflow.actionById.get(call.id('action_id', 'ProcessStepAction'));
			if (!found || found.node.def.id !== stepId) throw call.notFound('ProcessStepAction');
			const { action } = found;
			const filledOnly = call.switches.fieldValueMissing === 'omit-row';
			const { rows } = listed(call, 'process_id', filledOnly ? ({ values }) => values.has(action.id) : undefined);
			return present(paginate(rows, call.pageRequest), ({ instance }) => presentFieldValue(call, instance, action));
		},
	},
	processes_read: {
		offered: ({ processDetail }) => processDetail,
		run: (call) => ok(presentProcess(call, call.workflow('id'))),
	},
	processes_list: {
		offered: ({ processList }) => processList,
		run: (call) => {
			const { processListSearch, processListPageSize } = call.switches;
			const words = String(call.query()[processListSearch] ?? '').toLowerCase();
			const rows = [...call.store.workflows.values()].filter(({ def }) => def.name.toLowerCase().includes(words));
			return present(paginate(rows, call.pageRequest, processListPageSize), (workflow) =>
				presentProcessRow(call, workflow),
			);
		},
	},
	files_create: {
		offered: ({ uploads }) => uploads,
		run: async (call) => ({ status: 201, body: await upload(call, 'file') }),
	},
	images_create: {
		offered: ({ uploads }) => uploads,
		run: async (call) => ({ status: 201, body: await upload(call, 'image') }),
	},
};

/** What is not offered: 405 if its path serves another method, else 404. */
export const notOffered = (method: string, pathServesOthers: boolean) =>
	pathServesOthers ? detail(405, `Method "${method}" not allowed.`) : detail(404, 'Not found.');
