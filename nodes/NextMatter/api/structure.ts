import { ServiceError } from '../../kernel/errors';
import type { NextMatterClient } from './client';
import type { Field, Step } from './snapshot';
import { readStructure } from './snapshot';

/** Where the structure of a form can be read from. */
export interface Place {
	instanceId?: number;
	workflowId?: number;
}

export interface Structure {
	steps: Step[];
	/** The active steps, when it was read from an instance that was named. */
	activeStepIds: number[];
}

/** A call that the account or the API may not offer at all. */
export const notOffered = (error: unknown): boolean =>
	error instanceof ServiceError &&
	((error.status !== undefined && [400, 403, 404, 405, 410, 501].includes(error.status)) ||
		error.failure.kind === 'notReadable');

/**
 * The steps and form fields of an instance, from its snapshot; of a workflow, from the workflow
 * itself (a call that is not in the public reference) or else from its newest instance.
 * No steps when nothing is recognised.
 */
export async function readForm(client: NextMatterClient, { instanceId, workflowId }: Place): Promise<Structure> {
	if (instanceId !== undefined) return await ofInstance(client, instanceId);
	if (workflowId === undefined) return { steps: [], activeStepIds: [] };
	try {
		const { steps } = readStructure(await client.getWorkflow(workflowId));
		if (steps.some(({ fields }) => fields.length > 0)) return { steps, activeStepIds: [] };
	} catch (error) {
		if (!notOffered(error)) return await Promise.reject(error as Error);
	}
	const { rows } = await client.instancePage(workflowId, { ordering: '-started_time' }, 1);
	if (rows.length === 0) return { steps: [], activeStepIds: [] };
	return { ...(await ofInstance(client, rows[0].id)), activeStepIds: [] };
}

async function ofInstance(client: NextMatterClient, id: number): Promise<Structure> {
	// The values help to tell the type of a field where the snapshot does not name it.
	const instance = await client.getInstance(id, { values: true });
	const { steps } = readStructure(instance.process_snapshot);
	return { steps, activeStepIds: instance.active_step_ids ?? [] };
}

/** The form fields of a step; without one, of the first step that has a form. */
export function fieldsOf({ steps }: Structure, stepId: number | undefined): Field[] {
	const step = stepId === undefined ? steps.find(({ fields }) => fields.length > 0) : steps.find(({ id }) => id === stepId);
	return step?.fields ?? [];
}
