/** What the API answers: instances, list rows, form field values, workflows (reference, 1.1, 1.3, 1.8, 1.9). */
import type { Call } from './call.mts';
import { presentValue } from './fields.mts';
import { activeNodes, stateOf, statusOf } from './lifecycle.mts';
import { describeAction, describeWorkflow } from './snapshot.mts';
import { formatDateTime, formatNullable } from './time.mts';
import type { ActionDef, Instance, StepNode, Workflow } from './types.mts';

type Plain = Record<string, unknown>;

export const processUrl = (call: Call, id: number) => `${call.origin}/api/processes/${id}/`;

function publicUrl(instance: Instance, { switches, origin }: Call): Plain {
	const url = `${origin}/tracking/${instance.trackingToken}`;
	switch (switches.publicUrl) {
		case 'absent':
			return {};
		case 'null':
			return { public_url: null };
		case 'string':
			return { public_url: url };
		case 'workflow':
			return { public_url: instance.workflow.def.publicTracking ? url : null };
	}
}

/** The active steps as the API reports them. */
function reportedSteps(instance: Instance, { switches }: Call): StepNode[] {
	const status = statusOf(instance);
	if (status === 'completed' || (status === 'aborted' && !switches.abortedKeepsActiveSteps)) return [];
	return activeNodes(instance, switches.activeSteps === 'with-groups');
}

function stage(instance: Instance, call: Call): Plain {
	if (call.switches.stage === 'absent') return {};
	if (call.switches.stage === 'null') return { stage: null };
	const node = activeNodes(instance, false)[0] ?? instance.workflow.leaves.at(-1);
	for (let at: StepNode | null = node ?? null; at; at = at.parent) {
		if (at.def.stage) return { stage: at.def.stage };
	}
	return { stage: null };
}

function stepDeadlines(instance: Instance, call: Call): unknown {
	const due = reportedSteps(instance, call).flatMap((node) => {
		const { deadline } = stateOf(instance, node);
		return deadline === null ? [] : [{ step_id: node.def.id, deadline: formatDateTime(deadline) }];
	});
	switch (call.switches.stepDeadlines) {
		case 'array':
			return due;
		case 'string':
			return JSON.stringify(due);
		case 'object':
			return Object.fromEntries(due.map(({ step_id: stepId, deadline }) => [stepId, deadline]));
		case 'empty':
			return [];
	}
}

export function presentInstance(
	call: Call,
	instance: Instance,
	inject: { values?: boolean; times?: boolean } = {},
): Plain {
	const { switches } = call;
	const snapshot = describeWorkflow(instance.workflow, {
		shape: switches.snapshotShape,
		switches,
		instance,
		...inject,
	});
	return {
		process: processUrl(call, instance.workflow.def.id),
		name: instance.name,
		deadline: formatNullable(instance.deadline),
		priority: instance.priority,
		tags: instance.tags,
		...(switches.stepAssignmentsReturned && { step_assignments: instance.stepAssignments }),
		url: `${call.origin}/api/instances/${instance.id}/`,
		id: instance.id,
		started_time: formatDateTime(instance.started),
		completed_time: formatNullable(instance.completed),
		aborted_time: formatNullable(instance.aborted),
		last_updated_time: formatDateTime(instance.lastUpdated),
		process_snapshot: switches.snapshotType === 'string' ? JSON.stringify(snapshot) : snapshot,
		active_step_ids: reportedSteps(instance, call).map(({ def }) => def.id),
		step_deadlines: stepDeadlines(instance, call),
		...publicUrl(instance, call),
		...stage(instance, call),
	};
}

function presentStatus(instance: Instance, { switches }: Call): string {
	const status = statusOf(instance);
	switch (switches.statusNames) {
		case 'documented':
			return status;
		case 'capitalized':
			return status[0].toUpperCase() + status.slice(1);
		case 'uppercase':
			return status.toUpperCase();
	}
}

/** A list row: "only id, name, status, public_url" (seed 001). */
export function presentRow(call: Call, instance: Instance): Plain {
	return {
		id: instance.id,
		name: instance.name,
		status: presentStatus(instance, call),
		...publicUrl(instance, call),
	};
}

export function presentFieldValue(call: Call, instance: Instance, action: ActionDef): Plain {
	const { switches } = call;
	const value = instance.values.get(action.id);
	return {
		value: value
			? presentValue(action, value, switches.inputObjectForm)
			: switches.fieldValueMissing === 'null'
				? null
				: {},
		instance_id: instance.id,
		instance_name: instance.name,
		settings: describeAction(action, switches),
	};
}

export function presentProcess(call: Call, workflow: Workflow): Plain {
	const { switches } = call;
	const { id, name } = workflow.def;
	return {
		...describeWorkflow(workflow, { shape: switches.processShape, switches }),
		id,
		name,
		url: processUrl(call, id),
	};
}

export function presentProcessRow(call: Call, { def }: Workflow): Plain {
	return { id: def.id, name: def.name, url: processUrl(call, def.id) };
}
