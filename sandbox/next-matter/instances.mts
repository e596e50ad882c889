/** Creating, updating and completing: the rules behind the writing operations (reference, 1.3, 1.5 and 1.11). */
import { forbidden, mayComplete } from './access.mts';
import type { Call } from './call.mts';
import { detail, invalid, invalidAll, type DrfErrors } from './drf.mts';
import { acceptInput, isFilled } from './fields.mts';
import { isContainer, stateOf, statusOf } from './lifecycle.mts';
import type { InputObject, Instance, Priority, StepAssignment, StepNode, Workflow } from './types.mts';
import { toMicros } from './time.mts';

type Plain = Record<string, unknown>;

/** The workflow a `process` URI names. Only its path counts, as with DRF's hyperlinks. */
function workflowFrom(call: Call, uri: unknown): Workflow | DrfErrors {
	const path = String(uri).replace(/^https?:\/\/[^/]*/, '');
	const slash = call.switches.processUriSlash === 'optional' ? '/?' : '/';
	const id = new RegExp(`^/api/processes/(\\d+)${slash}$`).exec(path)?.[1];
	if (!id) return ['Invalid hyperlink - No URL match.'];
	return call.store.workflows.get(Number(id)) ?? ['Invalid hyperlink - Object does not exist.'];
}

const failed = (result: Workflow | DrfErrors): result is DrfErrors => Array.isArray(result);

function normaliseTags(tags: string[], { switches }: Call): string[] {
	switch (switches.tagNormalisation) {
		case 'none':
			return tags;
		case 'lowercase':
			return tags.map((tag) => tag.toLowerCase());
		case 'sorted-unique':
			return [...new Set(tags)].sort();
	}
}

const AUTOMATIC_NAME = 'Automatic naming is enabled for this workflow. Leave the name empty.';

/** Unknown steps and users. Texts invented. */
function checkAssignments(call: Call, workflow: Workflow, assignments: StepAssignment[]): DrfErrors | undefined {
	const errors = assignments.map(({ step_id: stepId, user_id: userId }) => ({
		...(!workflow.nodeById.has(stepId) && { step_id: [`Invalid pk "${stepId}" - object does not exist.`] }),
		...(!call.store.users.some(({ id }) => id === userId) && {
			user_id: [`Invalid pk "${userId}" - object does not exist.`],
		}),
	}));
	return errors.some((error) => Object.keys(error).length > 0) ? (errors as DrfErrors[]) : undefined;
}

/**
 * "Only required for workflows that have at least one step assignee set to 'Select user at workflow start'" (seed
 * 000).
 */
function missingAssignments(workflow: Workflow, assignments: StepAssignment[] | undefined): DrfErrors | undefined {
	const open = workflow.nodes.filter(({ def }) => def.assignee === 'at-start').map(({ def }) => def.id);
	if (open.length === 0) return undefined;
	if (!assignments) return ['This field is required.'];
	const missing = open.filter((id) => !assignments.some(({ step_id: stepId }) => stepId === id));
	return missing.length > 0 ? [`Select a user for step ${missing.join(', ')}.`] : undefined;
}

export function createInstance(call: Call): Instance {
	const body = call.body();
	const workflow = workflowFrom(call, body.process);
	if (failed(workflow)) throw invalid({ process: workflow });

	const assignments = body.step_assignments as StepAssignment[] | undefined;
	const errors: Record<string, DrfErrors> = {};
	if (workflow.def.automaticNaming && body.name) errors.name = [AUTOMATIC_NAME];
	const wrong = missingAssignments(workflow, assignments) ?? checkAssignments(call, workflow, assignments ?? []);
	if (wrong) errors.step_assignments = wrong;
	if (Object.keys(errors).length > 0) throw invalid(errors);

	return call.store.startInstance(workflow.def.id, {
		name: body.name as string | null | undefined,
		deadline: body.deadline as string | null | undefined,
		priority: (body.priority ?? null) as Priority,
		tags: normaliseTags((body.tags ?? []) as string[], call),
		stepAssignments: assignments,
	});
}

const EMPTY: Plain = { name: '', deadline: null, priority: null, tags: [], step_assignments: [] };

export function updateInstance(call: Call, instance: Instance, partial: boolean): void {
	const { switches, store } = call;
	const sent = call.body({ partial, optional: switches.putRequiresProcess ? [] : ['process'] });
	if (switches.editEnded === 'reject' && statusOf(instance) !== 'running') {
		throw invalidAll('The instance has ended and cannot be changed.');
	}
	const { workflow } = instance;
	const body = partial || !switches.putBlanksOmitted ? sent : { ...EMPTY, ...sent };
	const errors: Record<string, DrfErrors> = {};
	if (body.process !== undefined) {
		const named = workflowFrom(call, body.process);
		if (failed(named)) errors.process = named;
		else if (named.def.id !== workflow.def.id) errors.process = ['The workflow of an instance cannot be changed.'];
	}
	const automatic = workflow.def.automaticNaming !== undefined;
	if (automatic && body.name) {
		const rule = switches.putNameWithAutomaticNaming;
		const same = rule === 'accept-same' && body.name === instance.name;
		if (!same && rule !== 'accept') errors.name = [AUTOMATIC_NAME];
	}
	const assignments = body.step_assignments as StepAssignment[] | undefined;
	const wrong = assignments && checkAssignments(call, workflow, assignments);
	if (wrong) errors.step_assignments = wrong;
	if (Object.keys(errors).length > 0) throw invalid(errors);

	// An automatic name survives an empty one.
	if (body.name !== undefined && !(automatic && !body.name)) instance.name = body.name as string | null;
	if (body.deadline !== undefined) {
		instance.deadline = body.deadline === null ? null : toMicros(body.deadline as string);
	}
	if (body.priority !== undefined) instance.priority = body.priority as Priority;
	if (body.tags !== undefined) instance.tags = normaliseTags(body.tags as string[], call);
	if (assignments && switches.assignmentsAfterStart === 'apply') {
		instance.stepAssignments = assignments;
		for (const { step_id: stepId, user_id: userId } of assignments) instance.steps.get(stepId)!.assignee = userId;
	}
	instance.lastUpdated = store.now();
}

/** An active step the key's user may complete, or the error. */
function stepFor(call: Call, instance: Instance, stepId: number): StepNode {
	const { store, switches } = call;
	const node = instance.workflow.nodeById.get(stepId);
	if (!node) {
		if (switches.unknownStepStatus === 404) throw call.notFound('ProcessStep');
		throw invalid({ step_id: [`Invalid pk "${stepId}" - object does not exist.`] });
	}
	const { status } = stateOf(instance, node);
	if (status === 'completed') throw invalidAll('The step is already completed.');
	if (statusOf(instance) !== 'running') throw invalidAll(`The instance is ${statusOf(instance)}.`);
	if (status !== 'active') throw invalidAll('The step is not active.');
	if (isContainer(node)) throw invalidAll('A group is completed by its steps.');
	if (!mayComplete(instance, node, store, switches)) throw forbidden();
	return node;
}

/** Checks all values first: a refused request stores nothing. */
function acceptActions(call: Call, instance: Instance, node: StepNode, sent: Plain[]): Map<number, InputObject> {
	const accepted = new Map<number, InputObject>();
	const { workflow } = instance;
	const { store, switches } = call;
	const isUploaded = (url: string) => store.isUploaded(url);
	const errors = sent.map((item): DrfErrors => {
		const id = item.action_id as number;
		const action = node.def.actions?.find((candidate) => candidate.id === id);
		if (!action) return { action_id: [`Invalid pk "${id}" - object does not exist.`] };
		const context = { switches, users: store.users, workflow, isUploaded };
		const result = acceptInput(action, item.input_object as InputObject, context);
		if ('error' in result) return { input_object: [result.error] };
		accepted.set(id, result.value);
		return {};
	});
	if (errors.some((error) => Object.keys(error).length > 0)) throw invalid({ actions: errors });
	return accepted;
}

export function completeStep(call: Call, instance: Instance): void {
	const body = call.body();
	const node = stepFor(call, instance, body.step_id as number);
	const accepted = acceptActions(call, instance, node, (body.actions ?? []) as Plain[]);
	const saving = body.mode === 'save';
	if (!saving) {
		const missing = (node.def.actions ?? []).filter(
			(action) => action.required && !isFilled(action, accepted.get(action.id) ?? instance.values.get(action.id)),
		);
		if (missing.length > 0) {
			throw invalid({ actions: missing.map(({ id, name }) => `Form field ${id} (${name}) is required.`) });
		}
	}
	for (const [id, value] of accepted) instance.values.set(id, value);
	if (!saving) call.store.finishStep(instance, node);
	else if (call.switches.saveBumpsLastUpdated) instance.lastUpdated = call.store.now();
}

/** The instances a bulk call means. Everything about failures in part is open; see the `bulk…` switches. */
export function bulkTargets(call: Call, mayTouch: (instance: Instance) => boolean) {
	const { bulkMaxIds, bulkUnknownIds, bulkRejectStatus } = call.switches;
	const ids = call.body().ids as number[];
	if (bulkMaxIds > 0 && ids.length > bulkMaxIds) {
		throw invalid({ ids: [`Ensure this field has no more than ${bulkMaxIds} elements.`] });
	}
	const unknown = ids.filter((id) => !call.store.instances.has(id));
	const rejection =
		unknown.length === 0 || bulkUnknownIds === 'ignore'
			? undefined
			: bulkRejectStatus === 404
				? detail(404, 'Not found.')
				: invalid({ ids: unknown.map((id) => `Invalid pk "${id}" - object does not exist.`) });
	if (rejection && bulkUnknownIds === 'reject') throw rejection;
	const instances = ids.flatMap((id) => call.store.instances.get(id) ?? []);
	if (!instances.every(mayTouch)) throw forbidden();
	return {
		ids,
		instances,
		/** Reports, after the work, what could not be done. */
		finish: () => {
			if (rejection) throw rejection;
		},
	};
}
